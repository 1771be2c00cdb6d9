package main

// Result is the part that this team reads of the document which ConcurExtract returns and hands to the next workflow. The
// document grows only by addition, so fields that are not named here can be ignored.
type Result struct {
	Schema       int    `json:"schema"`
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// Outcome is clean, findings, empty, approved or rejected.
	Outcome string `json:"outcome"`
	Job     struct {
		ID string `json:"id"`
	} `json:"job"`
	Files []struct {
		Name   string `json:"name"`
		URI    string `json:"uri"`
		SHA256 string `json:"sha256"`
	} `json:"files"`
	Control struct {
		Records int64 `json:"records"`
		// Total is an exact decimal: keep it as text, or read it into a decimal type.
		Total string `json:"total"`
	} `json:"control"`
	Findings struct {
		Count   int               `json:"count"`
		Rows    int64             `json:"rows"`
		Amounts map[string]Amount `json:"amounts"` // by currency
	} `json:"findings"`
	Reports struct {
		HTML string `json:"html"`
	} `json:"reports"`
}

// Amount is money in one currency, in exact decimals.
type Amount struct {
	Net   string `json:"net"`
	Gross string `json:"gross"`
}
