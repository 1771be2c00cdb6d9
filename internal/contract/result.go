package contract

// Recovered is a job of an earlier night that a run took up.
type Recovered struct {
	ID       string `json:"id"`
	Manifest string `json:"manifest"`
}
