// Package faultscript decides which requests meet a fault, for servers that stand in for Concur and S3 in tests. What a
// fault does is the server's own.
package faultscript

import (
	"strings"
	"sync"
)

// Match says which requests a fault is for.
type Match struct {
	// Operation is the name of an operation; "" matches any.
	Operation string
	// Target is a part of what the request names, such as its path or key; "" matches any.
	Target string
	// Nth is the first request that is hit of those that match, counted from 1 since the fault was added. 0 stands for 1.
	Nth int
	// Times is the number of requests in a row that are hit. 0 stands for 1 where Nth is given, and for all where it is
	// not; a negative number stands for all.
	Times int
}

// Script holds faults and counts the requests that they match. The zero value is empty, and ready to use by several
// goroutines.
type Script[F any] struct {
	mu     sync.Mutex
	faults []*scripted[F]
}

type scripted[F any] struct {
	match Match
	fault F
	seen  int
}

// Add adds a fault at the end of the script.
func (s *Script[F]) Add(m Match, fault F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &scripted[F]{match: m, fault: fault})
}

// Clear empties the script.
func (s *Script[F]) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Take returns the fault that a request meets, or the zero value. That is the first fault of the script that hits it; those
// behind it do not count the request.
func (s *Script[F]) Take(operation, target string) F {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.hits(operation, target) {
			return f.fault
		}
	}
	return *new(F)
}

func (f *scripted[F]) hits(operation, target string) bool {
	m := f.match
	if m.Operation != "" && m.Operation != operation || !strings.Contains(target, m.Target) {
		return false
	}
	f.seen++
	if m.Nth > 0 && m.Times == 0 {
		m.Times = 1
	}
	first := max(m.Nth, 1)
	return f.seen >= first && (m.Times <= 0 || f.seen < first+m.Times)
}
