/*
Package concurtest is a simulated SAP Concur for tests and demonstrations, in the manner of net/http/httptest: it serves
Extract v1, List v1, List v4 and the OAuth2 token endpoint over plain HTTP on loopback. It imports nothing of the client
that it is used to test.

	s := concurtest.NewServer(concurtest.SampleWorld(1000))
	defer s.Close()
	// point the client under test at s.URL, with the credentials of s.Auth()

# Worlds

A [World] is plain data: definitions, lists, credentials. What is left open is decided by its seed, so the same world is
the same Concur, byte for byte, on any machine. A world with one extract and one list of two levels:

	world := concurtest.World{
		Seed: 1,
		Lists: []extractgen.List{{
			Name:     "Organization List",
			Generate: &extractgen.ListSpec{Branching: []int{10, 50}},
		}},
		Definitions: []concurtest.Definition{{
			Name: "Standard Accounting Extract",
			Files: []concurtest.File{{Extract: &extractgen.Spec{
				Rows:   100_000,
				Checks: []extractgen.Check{{Name: "Cost centre", List: "Organization List", Columns: []int{35, 36}}},
			}}},
		}},
	}

The JSON form of a World has the same fields in lower camel case. Package extractgen makes files and lists, and
[Server.Extract] tells what a served file holds. Credentials and tokens carry the markers of [SecretCanaries].

# Lists

List v1 answers the items right below a parent or, with World.Subtrees, all below it: nobody says which Concur does. Items
of several lists that are given one id are one item to List v4, which is deleted only once it is from all of them. Lists of
one name, and items of one code under one parent, are there for tests of what a client makes of them.

# Jobs

A POST starts a job that is Queued, then Running, then Complete or Failed; until it has ended, another POST is answered 409.
Every POST that is accepted consumes reports: the next job has other rows and the next batch id, and after
Definition.EmptyAfter no rows at all. The list shows the last 100 jobs, newest first, as the published sample has it.
[Server.Jobs] returns what really exists, [Server.Requests] what was asked, and [Server.StartJob] starts a job on behalf of
somebody else. With [WithStateDir] all of it outlives the process, kill -9 included; [ReadState] reads it from outside.

# Oddities

Whatever the published samples do, this server does, unless World.Tidy is set. Which link has which oddity depends on the
job and the operation, not on chance:

	links on http://, on www.concursolutions.com, with :443, on the right host with the other scheme
	a space in front of a link, U+00A0 in or after it, or U+00C2 U+00A0
	">" glued to an id in job details, status-link without /expense (that path is answered 404)
	job-link without /job, items-link with and without a slash, elements in another order
	xmlns="...", xmlns:i, with and without an XML declaration
	times with Z or without a zone, with 0, 2 or 3 decimals
	Complete and Completed; file-link missing from the list of jobs; ids with $ and !
	expires_in as number and as text

Chunked request bodies are answered 400, a missing Authorization header 401, a token that is wrong or has expired 403. A
refresh token works once, unless Auth.KeepRefreshToken is set.

# Faults

[Server.Inject] scripts what goes wrong, by operation and by the number of the request:

	s.Inject(concurtest.Fault{Operation: concurtest.OpStart, Nth: 1, AcceptThenDrop: true})
	s.Inject(concurtest.Fault{Operation: concurtest.OpFile, Nth: 1, Truncate: &concurtest.Truncate{After: 1 << 20, Framing: concurtest.FramingClose}})
	s.Inject(concurtest.Fault{Operation: concurtest.OpStatus, Times: 3, Status: 503, RetryAfter: "1"})

[WithObserver] lets a test block, or kill, inside a request.
*/
package concurtest
