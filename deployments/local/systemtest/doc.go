// Package systemtest proves tieout as a whole: nights are run on a real Temporal server, a real S3 server and a simulated
// Concur, things go wrong at exact moments, and a checker reads from outside what has become of them.
//
// A Ground is the two servers. A Shift is a namespace on it with one configuration, one or more nights (pipelines,
// each with a Concur of its own) and the workers that are hired for them: the built worker as a process that can be
// killed, or one inside this process. Traps stop a request to Concur or S3 on its way, before or after it is acted
// on, and call the test.
package systemtest
