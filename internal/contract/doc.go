// Package contract holds what the packages of tieout agree on: the names under which Temporal knows it, the ids of its
// workflows, the inputs and results of workflows and activities, and the words that stand in them. It is data without
// logic of its own, apart from the ids, whose builders and parsers stand side by side. It does not import the SDK.
//
// Times are RFC 3339 in UTC where they are text, dates are yyyy-mm-dd, sizes are bytes, and URIs are s3://bucket/key.
package contract
