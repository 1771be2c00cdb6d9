package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/notice"
)

const (
	// patience is the number of attempts that an error gets which looks permanent and may pass: a database deadlock
	// answers 400, and a proxy in between answers HTML, 403 or 404.
	patience = 5
	// longestPause bounds what Retry-After may ask for.
	longestPause = 15 * time.Minute
	// typeNotYet marks a poll that found nothing yet.
	typeNotYet = "NotYet"

	// otherAnswers is what an operator does about answers that do not come from Concur.
	otherAnswers = ". It has been so for a while: see whether something else answers in Concur's place. Correct base_url, or have it mended, and run again"
	// fileKept is what an operator does about a file that cannot be tied out.
	fileKept = " The file is kept as Concur served it. If tieout.yaml was wrong, correct it and take the same job up with `tieout run --job`; " +
		"if the file is wrong, ask SAP Concur to make the extract again."
	// zipKept is the same for a zip whose members could not be landed.
	zipKept = " It is kept as Concur served it, and nothing was tied out. Ask SAP Concur to make the extract again."
)

// failed maps an error to the ApplicationError that workflows and people see: a stable code where a person must act,
// and a retry where time helps. Only activities return its errors, and nothing may wrap them.
func failed(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return application
	}
	if remote, ok := errors.AsType[*concur.Error](err); ok {
		return concurFailed(ctx, attemptOf(ctx), doing, remote)
	}
	if _, ok := errors.AsType[*config.Error](err); ok {
		return final(contract.CodeConfigInvalid, err.Error())
	}
	if format, ok := errors.AsType[*extractfile.FormatError](err); ok {
		if format.Code == contract.CodeFileEncrypted {
			return final(contract.CodeFileEncrypted, err.Error())
		}
		return final(contract.CodeFileFormat, err.Error()+"."+fileKept)
	}
	if zip, ok := errors.AsType[*landing.ZipError](err); ok {
		if zip.Encrypted {
			return final(contract.CodeFileEncrypted, err.Error())
		}
		return final(contract.CodeFileFormat, err.Error()+"."+zipKept)
	}
	if isConflict(err) {
		return final(contract.CodeLandingConflict, err.Error())
	}
	if changed, ok := errors.AsType[*evidence.ChangedError](err); ok {
		return temporal.NewNonRetryableApplicationError(changed.Error(), contract.CodeLandingConflict, nil, contract.ObjectChanged)
	}
	if notice, ok := errors.AsType[*notice.Error](err); ok {
		message := fmt.Sprintf("%s: %v", doing, err)
		if notice.Final {
			return final(contract.CodeConfigInvalid, message)
		}
		return again(ctx, message, notice.RetryAfter)
	}
	if message, permanent := bucket.Permanent(err); permanent {
		return final(contract.CodeConfigInvalid, message)
	}
	return again(ctx, fmt.Sprintf("%s: %v", doing, err), 0)
}

// concurFailed maps an error of package concur; tries counts this attempt too. An error that looks permanent is tried
// again for a while: it may come from something in between, and a job that was started must not wait for a person then.
func concurFailed(ctx context.Context, tries int, doing string, err *concur.Error) error {
	message := doing + ": " + advised(err)
	if unsendable(err) {
		return invalid(message)
	}
	switch err.Kind {
	case concur.KindReauthorize, concur.KindCredentials:
		return final(contract.CodeConcurAuth, message)
	case concur.KindAuth:
		if tries >= patience {
			return final(contract.CodeConcurAuth, message)
		}
	case concur.KindTokenStore:
		if remedy, permanent := bucket.Permanent(err); permanent {
			return final(contract.CodeConfigInvalid, "The token store: "+remedy)
		}
	case concur.KindRedirect, concur.KindNotFound:
		if tries >= patience {
			return final(contract.CodeConfigInvalid, message)
		}
	case concur.KindBadRequest, concur.KindBody:
		// A page is what maintenance looks like; Prepare sees one that stands for a wrong base_url.
		if tries >= patience && !errors.Is(err, concur.ErrPage) {
			return final(contract.CodeConfigInvalid, message+otherAnswers)
		}
	}
	return again(ctx, message, err.RetryAfter)
}

// remedies say what an operator does about an error of package concur, which knows no key of tieout.yaml. The first row
// that fits counts; a row without an operation fits any.
var remedies = []struct {
	kind      concur.Kind
	operation concur.Operation
	remedy    string
}{
	{concur.KindAuth, concur.OpAuthorize, "Copy access_token again"},
	{concur.KindAuth, concur.OpToken, "If it stays so, check base_url, client_id, client_secret and the grant"},
	{concur.KindCredentials, "", "Check client_id, client_secret and the grant"},
	{concur.KindReauthorize, "", "Have the company's administrator authorize the application again and set the new refresh_token"},
	{concur.KindThrottled, "", "If it stays so, lower requests_per_second"},
	{concur.KindRedirect, "", "Check base_url"},
}

// Remedy returns what an operator does about an error of package concur. It returns "" where the error itself says it, and
// for other errors.
func Remedy(err error) string {
	remote, ok := errors.AsType[*concur.Error](err)
	if !ok {
		return ""
	}
	if _, moved := errors.AsType[*concur.MovedError](err); moved {
		return "Set base_url to the account's base"
	}
	if remote.Kind == concur.KindTokenStore && errors.Is(err, errors.ErrUnsupported) {
		return "Set token_store to s3"
	}
	for _, row := range remedies {
		if row.kind == remote.Kind && (row.operation == "" || row.operation == remote.Operation) {
			return row.remedy
		}
	}
	return ""
}

// advised returns an error's text and its remedy.
func advised(err error) string {
	if remedy := Remedy(err); remedy != "" {
		return err.Error() + ". " + remedy
	}
	return err.Error()
}

// unsendable reports whether no request could be made of an argument, such as a job's id with a slash in it.
func unsendable(err *concur.Error) bool { return err.Kind == concur.KindBadRequest && err.Status == 0 }

func attemptOf(ctx context.Context) int { return int(activity.GetInfo(ctx).Attempt) }

// final returns an error that is not tried again.
func final(code, message string) error {
	return temporal.NewNonRetryableApplicationError(message, code, nil)
}

// invalid returns the error of a configuration or an input that a person must correct.
func invalid(message string) error { return final(contract.CodeConfigInvalid, message) }

// again returns an error that is tried again. The pause is what Concur asked for, or 0 for that of the retry policy.
func again(ctx context.Context, message string, pause time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(message, contract.CodeTemporary,
		temporal.ApplicationErrorOptions{NextRetryDelay: clamp(ctx, pause)})
}

// notYet returns the error of a poll that goes on. Temporal counts it as a failed attempt and shows people its message.
func notYet(ctx context.Context, message string, pause time.Duration) error {
	noteRefusals(ctx, 0)
	return temporal.NewApplicationErrorWithOptions(message, typeNotYet, temporal.ApplicationErrorOptions{
		NextRetryDelay: clamp(ctx, pause), Category: temporal.ApplicationErrorCategoryBenign})
}

// clamp keeps a pause inside what is left of the activity: a longer one would fail it at once.
func clamp(ctx context.Context, pause time.Duration) time.Duration {
	if pause <= 0 {
		return 0
	}
	info := activity.GetInfo(ctx)
	pause = min(pause, longestPause)
	if info.ScheduleToCloseTimeout > 0 {
		left := time.Until(info.ScheduledTime.Add(info.ScheduleToCloseTimeout)) - time.Second
		pause = min(pause, max(left, time.Second))
	}
	return pause
}

// isConflict reports whether an immutable object is there already with other bytes.
func isConflict(err error) bool {
	_, ok := errors.AsType[*bucket.ConflictError](err)
	return ok
}
