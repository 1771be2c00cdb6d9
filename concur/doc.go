/*
Package concur is a client for what accounting extracts need of SAP Concur: Extract v1 (definitions, jobs, files), List v1
and List v4, and the OAuth2 token endpoint.

# Endpoint, authorizer, client

An [Endpoint] is the address of one account. An [Authorizer] supplies the Authorization header: [OAuth2] asks the token
endpoint, and [LegacyToken] is the token of one year that the v1 pages describe. A [Client] calls the services:

	endpoint, err := concur.NewEndpoint("https://us2.api.concursolutions.com", concur.EndpointOptions{})
	…
	auth, err := concur.NewOAuth2(endpoint, concur.OAuth2Config{
		ClientID:     id,
		ClientSecret: secret,
		Grant:        concur.RefreshToken(token),
		Store:        concur.FileTokenStore("/var/lib/example/concur-token.json"),
	})
	…
	client, err := concur.NewClient(endpoint, auth, concur.Options{})

Refresh tokens may change on every use. OAuth2 keeps the newest in a [TokenStore], stores before it uses, and lets one
process at a time refresh by a lease in that store.

# Jobs

[Client.StartJob] starts a job of a definition, [Client.JobStatus] says how far it has come, and [Client.File] brings what
it produced. To start a job changes Concur: the extract takes the reports that are ready, so a second job does not repeat
the first. StartJob therefore sends one POST on a connection of its own, and [Error.OutcomeUnknown] reports whether a job
may have been started although no answer came.

# Lists

[Client.Lists] returns the lists and [Client.Items] what lies below a parent. An item lies where it says itself: by its
level codes on v1, by its parentId and lists on v4. An answer about a parent may hold its whole subtree (v1) or items that
were deleted from the list (v4), and [Children] picks out the rest. An item that contradicts the question fails the call.
Each list call asks for names in the same language.

# Errors

Every call fails with an [*Error]. Its Kind says what it means for the caller, [Error.Temporary] whether the same call may
succeed later, and RetryAfter how long Concur wants it to wait. The client never retries, with one exception: a call other
than StartJob that Concur refuses with 401 or 403 is repeated once with a fresh token. Retries, deadlines and decisions
belong to the caller.

# Where requests go

Concur's answers are full of links, some on hosts that the token does not belong to. The client reads opaque ids out of
them and builds every URL anew on the endpoint's base, so the token is sent to that scheme, host and port alone. Redirects
are not followed. One thing moves the base: the token endpoint's code 16, "the account lives at this geolocation", and only
to a base published by SAP Concur (from another such base) or to an allowed host. A geolocation in a successful token
answer moves nothing, for the base has just shown that it serves; where API calls are refused later, their error names it.

# What it expects of answers

XML is matched by local name, since half of the published samples leave the name space out. Links with blanks, U+00A0 or a
stray ">" around them, times without zone, and ids with "$" and "!" are all in SAP's own samples. Answers are bounded in
bytes, elements and depth, in the time until they come, and files in the time until the next byte.
*/
package concur
