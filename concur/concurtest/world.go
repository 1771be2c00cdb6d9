package concurtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tieout/concur/concurtest/extractgen"
	"tieout/concur/concurtest/internal/hash"
)

// World is what a simulated Concur holds: plain data that can be written in Go or read from JSON. The zero value is a
// company without extracts and lists, with the default credentials. Durations are nanoseconds in JSON.
type World struct {
	// Seed decides ids, oddities, and whatever else is left open. The same world is the same Concur, byte for byte.
	Seed uint64 `json:"seed,omitempty"`
	// Definitions and Lists are in the order in which they are listed.
	Definitions []Definition      `json:"definitions,omitempty"`
	Lists       []extractgen.List `json:"lists,omitempty"`
	// Auth holds the credentials that are right.
	Auth Auth `json:"auth,omitzero"`
	// Tidy switches off the oddities of the published samples, which the package's introduction lists.
	Tidy bool `json:"tidy,omitempty"`
	// NumericStates makes some jobs tell "2" for Completed and "3" for Failed, which some public clients look for.
	NumericStates bool `json:"numericStates,omitempty"`
	// DeletedWithLive makes ?isDeleted=true of List v4 answer live items too; else it answers the deleted ones alone.
	// Nobody says which is right, so a client should bear both.
	DeletedWithLive bool `json:"deletedWithLive,omitempty"`
	// Subtrees makes List v1 answer all items below a parent where one is asked for; else it answers those right below it.
	// SAP's words allow both, so a client should bear both.
	Subtrees bool `json:"subtrees,omitempty"`
}

// Definition is one extract definition.
type Definition struct {
	// ID is opaque, with "$" and "!" in it. "" stands for one made from the seed.
	ID   string `json:"id,omitempty"`
	Name string `json:"name"` // what people call it
	// Files are what each of its jobs produces: one is served as it is, several as one zip. Generated extracts differ from
	// job to job, because each consumes the reports that it takes.
	Files []File `json:"files,omitempty"`
	// Jobs are what particular jobs produce instead, by the job's number from 1.
	Jobs map[int][]File `json:"jobs,omitempty"`
	// EmptyAfter is the number of the last job that finds reports: later ones produce 0 rows. 0 stands for no such job.
	EmptyAfter int `json:"emptyAfter,omitempty"`
	// FirstBatch is the batch id of job 1; 0 stands for 1.
	FirstBatch int64 `json:"firstBatch,omitempty"`
	// BatchGaps are the numbers of the jobs in front of which a batch id is left out, BatchRepeats of those that repeat the
	// one before.
	BatchGaps    []int `json:"batchGaps,omitempty"`
	BatchRepeats []int `json:"batchRepeats,omitempty"`
	// History is the number of jobs that exist before the first request, a day apart. Their numbers count from 1.
	History int `json:"history,omitempty"`
	// Timing is that of its jobs.
	Timing Timing `json:"timing,omitzero"`
	// Serving says how their files come.
	Serving Serving `json:"serving,omitzero"`
}

// Timing says how long things take.
type Timing struct {
	// Queued and Running are the times that a job spends in each state. 0 stands for 30 ms and 70 ms, and a negative
	// duration for none.
	Queued  time.Duration `json:"queued,omitempty"`
	Running time.Duration `json:"running,omitempty"`
	// Failed holds the numbers of the jobs that end Failed. FailAll makes every one end so.
	Failed  []int `json:"failed,omitempty"`
	FailAll bool  `json:"failAll,omitempty"`
	// ListLag is the time that passes until a new job turns up in the list of jobs.
	ListLag time.Duration `json:"listLag,omitempty"`
	// StatusLag is the time that passes until a new state is told.
	StatusLag time.Duration `json:"statusLag,omitempty"`
}

func (t Timing) durations() (queued, running time.Duration) {
	return max(cmp.Or(t.Queued, 30*time.Millisecond), 0), max(cmp.Or(t.Running, 70*time.Millisecond), 0)
}

// FileKind says what a [File] holds.
type FileKind string

// Kinds of files.
const (
	FileExtract   FileKind = "extract"   // made from File.Extract
	FileContent   FileKind = "content"   // File.Content as it is
	FileEncrypted FileKind = "encrypted" // PGP, File.Size bytes
	FileGarbage   FileKind = "garbage"   // binary, File.Size bytes
	FileHTML      FileKind = "html"      // a login page with status 200
)

// File is one file that a job produces.
type File struct {
	// Name is the name that is served. "" stands for one as Concur makes it, after the time at which the job started.
	Name string `json:"name,omitempty"`
	// Kind is FileExtract where Extract is set, and else FileContent, unless it says otherwise.
	Kind FileKind `json:"kind,omitempty"`
	// Extract describes a generated extract. The job's seed and batch id are mixed into it, and its day is filled in.
	Extract *extractgen.Spec `json:"extract,omitempty"`
	// Content is what FileContent serves.
	Content []byte `json:"content,omitempty"`
	// Size is a number of bytes.
	Size int64 `json:"size,omitempty"`
}

// Framing says how the end of a body is told.
type Framing string

// Framings of a body.
const (
	FramingLength  Framing = "content-length"
	FramingChunked Framing = "chunked"
	FramingClose   Framing = "close" // neither: the connection ends
)

// ZipMethod says how a zip holds its members.
type ZipMethod string

// Methods of a zip.
const (
	ZipStored  ZipMethod = "stored"
	ZipDeflate ZipMethod = "deflate"
)

// Damage is what is wrong with a zip.
type Damage string

// Damages of a zip.
const (
	DamageCRC       Damage = "crc"       // a byte of the first member is another
	DamageTruncated Damage = "truncated" // the last 200 bytes are missing, and Content-Length agrees
	DamageDirectory Damage = "directory" // the directory at the end is overwritten
)

// Serving says how the files of a definition come. The zero value serves them with Content-Length, ETag and name, and in
// ranges where they are asked for.
type Serving struct {
	// Framing is that of every file; "" stands for FramingLength.
	Framing Framing `json:"framing,omitempty"`
	// NoETag leaves the ETag out, and NoRange serves files whole whatever range is asked for.
	NoETag  bool `json:"noETag,omitempty"`
	NoRange bool `json:"noRange,omitempty"`
	// Zip makes a zip of a single file too. "" stands for ZipStored where a job has several files.
	Zip ZipMethod `json:"zip,omitempty"`
	// Damage is done to the zip.
	Damage Damage `json:"damage,omitempty"`
	// NoName leaves Content-Disposition out.
	NoName bool `json:"noName,omitempty"`
	// ExpiresAfter is the time after the end of its job from which on a file is answered 404. 0 stands for never.
	ExpiresAfter time.Duration `json:"expiresAfter,omitempty"`
}

// Auth holds the credentials that are right. What is empty stands for that of DefaultAuth.
type Auth struct {
	// ClientID and ClientSecret are those of the application.
	ClientID     string `json:"clientId,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
	// RefreshToken is the first one. Each use yields a new one and ends the old one, unless KeepRefreshToken is set.
	RefreshToken     string `json:"refreshToken,omitempty"`
	KeepRefreshToken bool   `json:"keepRefreshToken,omitempty"`
	// AccessTokenLifetime is how long an access token works; 0 stands for 1 h.
	AccessTokenLifetime time.Duration `json:"accessTokenLifetime,omitempty"`
	// Username goes with Password (credtype=password) or with AuthToken (credtype=authtoken, a company's request token).
	Username  string `json:"username,omitempty"`
	Password  string `json:"password,omitempty"`
	AuthToken string `json:"authToken,omitempty"`
	// LegacyToken is the token of one year of the v1 pages: "Authorization: OAuth …".
	LegacyToken string `json:"legacyToken,omitempty"`
	// Geolocation is the base that token answers name as the account's. "" stands for the server's own.
	Geolocation string `json:"geolocation,omitempty"`
	// Moved makes the token endpoint answer 400 with code 16: the user lives at Geolocation.
	Moved bool `json:"moved,omitempty"`
}

// secretCanary stands in every credential and token of this package.
const secretCanary = "CANARYSECRET"

// SecretCanaries returns the marker that all default credentials and all issued tokens carry. A test that finds it where no
// secret should be has found a leak.
func SecretCanaries() []string { return []string{secretCanary} }

// DefaultAuth returns the credentials of a world that names none.
func DefaultAuth() Auth { return Auth{}.withDefaults() }

func (a Auth) withDefaults() Auth {
	a.ClientID = cmp.Or(a.ClientID, "concurtest-client")
	a.ClientSecret = cmp.Or(a.ClientSecret, secretCanary+"-client")
	a.RefreshToken = cmp.Or(a.RefreshToken, secretCanary+"-refresh-first")
	a.AccessTokenLifetime = cmp.Or(a.AccessTokenLifetime, time.Hour)
	a.Username = cmp.Or(a.Username, "concurtest-company")
	a.Password = cmp.Or(a.Password, secretCanary+"-password")
	a.AuthToken = cmp.Or(a.AuthToken, secretCanary+"-authtoken")
	a.LegacyToken = cmp.Or(a.LegacyToken, secretCanary+"-legacy")
	return a
}

// prepared returns the world with ids and defaults filled in, and its lists laid out, by id and by name.
func (w World) prepared() (World, map[string]*extractgen.Tree, error) {
	w.Auth = w.Auth.withDefaults()
	w.Definitions = slices.Clone(w.Definitions)
	ids := map[string]bool{}
	for i := range w.Definitions {
		d := &w.Definitions[i]
		if d.ID == "" {
			d.ID = opaqueID(hash.Text(w.Seed, "definition", d.Name), 33)
		}
		d.FirstBatch = cmp.Or(d.FirstBatch, 1)
		if ids[d.ID] {
			return w, nil, fmt.Errorf("concurtest: two definitions have the id %q", d.ID)
		}
		ids[d.ID] = true
	}
	w.Lists = slices.Clone(w.Lists)
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
