package s3test

import (
	"net/http"
	"time"

	"tieout/internal/faultscript"
)

// Action is what happens to a request.
type Action string

// What a fault can do.
const (
	SlowDown      Action = "slow-down"      // 503 SlowDown
	InternalError Action = "internal-error" // 500
	Full          Action = "full"           // 507 InsufficientStorage
	Denied        Action = "denied"         // 403 AccessDenied
	Unsupported   Action = "unsupported"    // 501 NotImplemented
	Conflict      Action = "conflict"       // 409 ConditionalRequestConflict
	Reset         Action = "reset"          // the connection dies before anything is done
	LostAnswer    Action = "lost-answer"    // it is done, and the connection dies before the answer
	Hang          Action = "hang"           // no answer until the client goes away
	Slow          Action = "slow"           // the answer waits for Delay
	CutShort      Action = "cut-short"      // a GET's body dies half way
	StallBody     Action = "stall-body"     // a GET's body stops half way until the client goes away
	Corrupt       Action = "corrupt"        // one bit of what is stored is wrong
)

// Fault is a rule for requests to come.
type Fault struct {
	// Operation is the API's name ("UploadPart"), "" any; Key a part of the key, "" any.
	Operation, Key string
	// Nth and Times say which of the matching requests are hit, as in faultscript.Match.
	Nth, Times int
	Do         Action
	Delay      time.Duration
}

// Inject arms faults; the first that matches a request acts.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		s.faults.Add(faultscript.Match{Operation: f.Operation, Target: f.Key, Nth: f.Nth, Times: f.Times}, f)
	}
}

// Heal disarms all faults.
func (s *Server) Heal() { s.faults.Clear() }

// answer gives the error that an action stands for.
func (a Action) answer() *failure {
	switch a {
	case SlowDown:
		return fail(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case InternalError:
		return fail(http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
	case Full:
		return fail(http.StatusInsufficientStorage, "InsufficientStorage", "There is not enough storage.")
	case Denied:
		return fail(http.StatusForbidden, "AccessDenied", "Access Denied")
	case Unsupported:
		return fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
	case Conflict:
		return fail(http.StatusConflict, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.")
	}
	return nil
}

// wait holds a request until the client goes away, the server closes, or d has passed (0: never).
func (s *Server) wait(r *http.Request, d time.Duration) {
	var after <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-after:
	case <-r.Context().Done():
	case <-s.done:
	}
}

func drop() { panic(http.ErrAbortHandler) }
