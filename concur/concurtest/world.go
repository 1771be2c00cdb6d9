package concurtest

import (
	"fmt"
	"tieout/concur/concurtest/extractgen"
	"tieout/concur/concurtest/internal/hash"
	"time"
)

// World is what a simulated Concur holds: plain data that can be written in Go or read from JSON. The zero value is
// a company with no extracts, no lists and the default credentials.
type World struct {
	// Seed decides ids, oddities, and whatever else is left open. The same world is the same Concur, byte for byte.
	Seed        uint64            `json:"seed,omitempty"`
	Definitions []Definition      `json:"definitions,omitempty"`
	Lists       []extractgen.List `json:"lists,omitempty"`
	Auth        Auth              `json:"auth,omitzero"`
	// Tidy switches off the oddities that the published samples show: see the package's introduction.
	Tidy bool `json:"tidy,omitempty"`
	// NumericStates makes some jobs tell "2" for Completed and "3" for Failed, which some public clients look for.
	NumericStates bool `json:"numericStates,omitempty"`
	// DeletedWithLive makes ?isDeleted=true of List v4 answer live items too; else it answers the deleted ones alone.
	// Nobody says which is right: a client should bear both.
	DeletedWithLive bool `json:"deletedWithLive,omitempty"`
	// Subtrees makes List v1 answer all items below a parent where one is asked for; else it answers those right below
	// it. SAP's words allow both: a client should bear both.
	Subtrees bool `json:"subtrees,omitempty"`
}

// Definition is one extract definition.
type Definition struct {
	// ID is opaque, with "$" and "!" in it; by default one made from the seed.
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	// Files are what each of its jobs produces: one is served as it is, several as one zip. Generated extracts
	// differ from job to job, because each extract consumes the reports that it took.
	Files []File `json:"files,omitempty"`
	// Jobs are what particular jobs produce instead, by the job's number from 1.
	Jobs map[int][]File `json:"jobs,omitempty"`
	// EmptyAfter is the number of the last job that found reports: later ones produce 0 rows. 0: there always are some.
	EmptyAfter int `json:"emptyAfter,omitempty"`
	// FirstBatch is the batch id of job 1, default 1. BatchGaps are the jobs in front of which a batch id is left out,
	// BatchRepeats those that repeat the one before.
	FirstBatch   int64 `json:"firstBatch,omitempty"`
	BatchGaps    []int `json:"batchGaps,omitempty"`
	BatchRepeats []int `json:"batchRepeats,omitempty"`
	// History is how many jobs are there before the first request, a day apart; they have the numbers from 1.
	History int `json:"history,omitempty"`
	// Timing of its jobs.
	Timing Timing `json:"timing,omitzero"`
	// Serving is how the file comes.
	Serving Serving `json:"serving,omitzero"`
}

// Timing says how long things take. Durations are in nanoseconds in JSON.
type Timing struct {
	// Queued and Running are how long a job is in each state: by default 30 ms and 70 ms. Negative: not at all.
	Queued  time.Duration `json:"queued,omitempty"`
	Running time.Duration `json:"running,omitempty"`
	// Failed are the numbers of the jobs that end Failed; FailAll: every one.
	Failed  []int `json:"failed,omitempty"`
	FailAll bool  `json:"failAll,omitempty"`
	// ListLag is how much later than it exists a job turns up in the list of jobs.
	ListLag time.Duration `json:"listLag,omitempty"`
	// StatusLag is how much later than it is true a state is told.
	StatusLag time.Duration `json:"statusLag,omitempty"`
}

// Kinds of files.
const (
	FileExtract   = "extract"   // generated from File.Extract
	FileContent   = "content"   // File.Content as it is
	FileEncrypted = "encrypted" // PGP, File.Size bytes
	FileGarbage   = "garbage"   // binary, File.Size bytes
	FileHTML      = "html"      // a login page with status 200
)

// File is one file that a job produces.
type File struct {
	// Name as served; by default as Concur names extracts, after the time at which the job started.
	Name string `json:"name,omitempty"`
	// Kind, by default extract when Extract is set, else content.
	Kind    string           `json:"kind,omitempty"`
	Extract *extractgen.Spec `json:"extract,omitempty"`
	Content []byte           `json:"content,omitempty"`
	Size    int64            `json:"size,omitempty"`
	// Fixed takes the spec as it is for each job: neither seed nor batch id nor date depends on the job.
	Fixed bool `json:"fixed,omitempty"`
}

// Framings: how the end of a body is told.
const (
	FramingLength  = "content-length"
	FramingChunked = "chunked"
	FramingClose   = "close" // neither: the connection ends
)

// Zip methods and damages.
const (
	ZipStored  = "stored"
	ZipDeflate = "deflate"

	DamageCRC       = "crc"       // a byte of the first member is another
	DamageTruncated = "truncated" // the last 200 bytes are missing, and Content-Length agrees
	DamageDirectory = "directory" // the directory at the end is overwritten
)

// Serving says how a definition's file comes. By default with Content-Length and ETag, and in ranges when asked.
type Serving struct {
	Framing string `json:"framing,omitempty"`
	NoETag  bool   `json:"noETag,omitempty"`
	NoRange bool   `json:"noRange,omitempty"`
	// Zip is the method of a zip with several members, stored by default; set, it makes a zip of a single file too.
	Zip string `json:"zip,omitempty"`
	// Damage of the zip.
	Damage string `json:"damage,omitempty"`
	// NoName leaves Content-Disposition out.
	NoName bool `json:"noName,omitempty"`
	// ExpiresAfter is how long a file can be fetched after its job has ended; then the answer is 404. 0: for ever.
	ExpiresAfter time.Duration `json:"expiresAfter,omitempty"`
}

// Auth is who may do what. Empty fields are filled in with the defaults of DefaultAuth.
type Auth struct {
	ClientID     string `json:"clientId,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
	// RefreshToken is the first; each use yields a new one and ends the old one, unless KeepRefreshToken.
	RefreshToken     string `json:"refreshToken,omitempty"`
	KeepRefreshToken bool   `json:"keepRefreshToken,omitempty"`
	// AccessTokenLifetime, default 1 h.
	AccessTokenLifetime time.Duration `json:"accessTokenLifetime,omitempty"`
	// Username with Password (credtype=password) or AuthToken (credtype=authtoken, a company's request token).
	Username  string `json:"username,omitempty"`
	Password  string `json:"password,omitempty"`
	AuthToken string `json:"authToken,omitempty"`
	// LegacyToken is the one-year token of the v1 pages: "Authorization: OAuth …".
	LegacyToken string `json:"legacyToken,omitempty"`
	// Geolocation is what token answers name as the account's base; by default the server's own.
	Geolocation string `json:"geolocation,omitempty"`
	// Elsewhere makes the token endpoint answer 400 with code 16: the user lives at Geolocation.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Open lets requests in whatever they carry.
	Open bool `json:"open,omitempty"`
}

// secretCanary stands in every credential and token of this package.
const secretCanary = "CANARYSECRET"

// SecretCanaries returns the marker that all default credentials and all issued tokens carry.
func SecretCanaries() []string { return []string{secretCanary} }

// DefaultAuth are the credentials of a world that names none.
func DefaultAuth() Auth {
	return Auth{
		ClientID:            "concurtest-client",
		ClientSecret:        secretCanary + "-client",
		RefreshToken:        secretCanary + "-refresh-first",
		AccessTokenLifetime: time.Hour,
		Username:            "concurtest-company",
		Password:            secretCanary + "-password",
		AuthToken:           secretCanary + "-authtoken",
		LegacyToken:         secretCanary + "-legacy",
	}
}

func (a Auth) withDefaults() Auth {
	d := DefaultAuth()
	for _, field := range []struct{ set, def *string }{
		{&a.ClientID, &d.ClientID}, {&a.ClientSecret, &d.ClientSecret}, {&a.RefreshToken, &d.RefreshToken},
		{&a.Username, &d.Username}, {&a.Password, &d.Password}, {&a.AuthToken, &d.AuthToken}, {&a.LegacyToken, &d.LegacyToken},
	} {
		if *field.set == "" {
			*field.set = *field.def
		}
	}
	if a.AccessTokenLifetime == 0 {
		a.AccessTokenLifetime = d.AccessTokenLifetime
	}
	return a
}

func (t Timing) durations() (queued, running time.Duration) {
	or := func(d, byDefault time.Duration) time.Duration {
		if d == 0 {
			return byDefault
		}
		return max(d, 0)
	}
	return or(t.Queued, 30*time.Millisecond), or(t.Running, 70*time.Millisecond)
}

// prepared returns the world with ids filled in, or what is wrong with it.
func (w World) prepared() (World, map[string]*extractgen.Tree, error) {
	w.Auth = w.Auth.withDefaults()
	w.Definitions = append([]Definition(nil), w.Definitions...)
	names := map[string]bool{}
	for i := range w.Definitions {
		d := &w.Definitions[i]
		if d.ID == "" {
			d.ID = opaqueID(hash.Text(w.Seed, "definition", d.Name), 33)
		}
		if d.FirstBatch == 0 {
			d.FirstBatch = 1
		}
		if names[d.ID] {
			return w, nil, fmt.Errorf("concurtest: two definitions have the id %q", d.ID)
		}
		names[d.ID] = true
	}
	w.Lists = append([]extractgen.List(nil), w.Lists...)
	trees := map[string]*extractgen.Tree{}
	for i := range w.Lists {
		l := &w.Lists[i]
		if l.ID == "" {
			l.ID = opaqueID(hash.Text(w.Seed, "list", l.Name), 33)
		}
		if trees[l.ID] != nil {
			return w, nil, fmt.Errorf("concurtest: two lists have the id %q: give lists of one name different ids", l.ID)
		}
		t, err := extractgen.NewTree(*l)
		if err != nil {
			return w, nil, fmt.Errorf("concurtest: %w", err)
		}
		trees[l.ID] = t
		if trees[l.Name] == nil { // extracts name their lists: of several the first is meant
			trees[l.Name] = t
		}
	}
	return w, trees, nil
}
