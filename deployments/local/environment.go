package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tieout/deployments/local/stack"
)

// concurVariable carries the simulated Concur's address into the demo's tieout.yaml.
const concurVariable = "TIEOUT_LOCAL_CONCUR"

// variables returns the names and values by which tieout, tieout-worker and other programs find the servers.
func (s *system) variables() [][2]string {
	all := [][2]string{{"TEMPORAL_ADDRESS", s.temporal.HostPort}, {"TEMPORAL_NAMESPACE", s.temporal.Namespace}}
	if s.s3 != nil {
		all = append(all, [][2]string{{"AWS_ENDPOINT_URL_S3", s.s3.Endpoint}, {"AWS_REGION", s.s3.Region},
			{"AWS_ACCESS_KEY_ID", s.s3.AccessKey}, {"AWS_SECRET_ACCESS_KEY", s.s3.SecretKey}}...)
	}
	if s.config != "" {
		all = append(all, [2]string{"TIEOUT_CONFIG", s.config})
	}
	return append(all, s.concurVariables()...)
}

// concurVariables returns the variables that the demo's tieout.yaml names, and one that `tieout init` writes.
func (s *system) concurVariables() [][2]string {
	if s.concur == nil {
		return nil
	}
	return [][2]string{{concurVariable, s.concur.URL}, {"CONCUR_BASE_URL", s.concur.URL}, {"CONCUR_CLIENT_ID", s.concur.Auth.ClientID},
		{"CONCUR_CLIENT_SECRET", s.concur.Auth.ClientSecret}, {"CONCUR_REFRESH_TOKEN", s.concur.Auth.RefreshToken}}
}

// environment looks up a variable for tieout.yaml: in this process, or else among those of the simulated Concur, whose
// address always wins.
func (s *system) environment(name string) (string, bool) {
	value, ok := os.LookupEnv(name)
	for _, v := range s.concurVariables() {
		if v[0] == name && (!ok || name == concurVariable) {
			return v[1], true
		}
	}
	return value, ok
}

// writeEnvironment writes the variables as lines for a shell, at each start: the ports may have changed.
func (s *system) writeEnvironment(dir string) (string, error) {
	var lines strings.Builder
	for _, v := range s.variables() {
		fmt.Fprintf(&lines, "export %s=%s\n", v[0], quoted(v[1]))
	}
	path := filepath.Join(dir, "env")
	return path, stack.WriteFile(path, []byte(lines.String()))
}

// quoted returns a text as one word of a shell.
func quoted(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.:-_+=@", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
