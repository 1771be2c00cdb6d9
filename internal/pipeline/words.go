package pipeline

// ReservedNames returns the names that no pipeline can have, because workflow ids and S3 keys use them as words.
func ReservedNames() []string { return []string{"job", "reconcile", "again", "next"} }
