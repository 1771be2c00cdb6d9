package concurtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

const controlPrefix = "/concurtest/"

// serveControl is the server's own interface for checkers in another process; see WithControl.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	definition := r.URL.Query().Get("definition")
	var reply any
	switch r.Method + " " + r.URL.Path[len(controlPrefix):] {
	case "GET requests":
		reply = s.Requests()
	case "GET jobs":
		reply = s.Jobs(definition)
	case "POST start":
		s.mu.Lock()
		known := s.definition(definition) != nil
		s.mu.Unlock()
		if !known {
			http.Error(w, fmt.Sprintf("there is no definition %q", definition), http.StatusNotFound)
			return
		}
		reply = s.StartJob(definition)
	case "POST faults":
		var fault Fault
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&fault); err != nil {
			http.Error(w, fmt.Sprintf("reading the fault: %v", err), http.StatusBadRequest)
			return
		}
		s.Inject(fault)
		reply = fault
	case "DELETE faults":
		s.ResetFaults()
		reply = struct{}{}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// The checker went away if this fails.
	_ = json.NewEncoder(w).Encode(reply)
}
