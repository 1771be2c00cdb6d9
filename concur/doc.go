// Package concur is a client for the parts of SAP Concur that an accounting extract needs: Extract v1 (definitions,
// jobs, files), List v1 and List v4, and the OAuth2 token endpoint.
//
// It knows HTTP alone. It never retries, with one exception: a call that Concur refuses with 401 or 403 is repeated
// once with a fresh token. [Client.StartJob] knows not even that: it sends one POST on a connection of its own, because
// a second POST would start a second extract. Retries, deadlines and decisions belong to the caller, who reads them from
// [*Error]: its Kind, [Error.Temporary], [Error.OutcomeUnknown] and RetryAfter.
//
// # Where requests go
//
// Concur's answers are full of links, some on hosts that the token does not belong to. The client reads opaque ids out
// of them and builds every URL anew on the configured base, so the token is only ever sent to that scheme, host and
// port. Redirects are not followed. One thing moves the base: the token endpoint's code 16, "the account lives at this
// geolocation", and only to a base published by SAP Concur (from another such base) or one that the configuration allows.
// A geolocation in a successful token answer does not move anything, for the base has just shown that it serves; where
// API calls are refused later, their error names it.
//
// # What it expects of answers
//
// XML is matched by local name, since half of the published samples leave the name space out. Answers are bounded in
// bytes, elements and depth; files are streamed and given up when no byte arrives for [Options.StallTimeout]. Links with
// blanks, U+00A0 or a stray ">" around them, times without zone, and ids with "$" and "!" are all in SAP's own samples.
//
// # Lists
//
// An item lies where it says itself: by its level codes on v1, by its parentId and lists on v4. An answer about a parent
// may hold its whole subtree (v1) or items that were deleted from the list (v4); [Children] picks out the rest. An item
// that the question cannot have brought fails the call. Each list call asks for names in the same language.
//
// # Tokens
//
// An [Authorizer] supplies the Authorization header: [LegacyToken] for the one-year token of the v1 pages, [OAuth2] for
// the rest. Refresh tokens may rotate on every use, so OAuth2 keeps the newest in a [TokenStore], stores before it uses,
// and lets one process at a time refresh by a lease in that store.
package concur
