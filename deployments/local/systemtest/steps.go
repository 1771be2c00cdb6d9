package systemtest

import "sync"

// steps counts the requests of a scenario's workers to Concur and S3. They measure how far the runs have got, however fast
// the machine is.
type steps struct {
	mu      sync.Mutex
	left    int
	reached chan struct{}
}

func (s *steps) step() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left == 0 {
		close(s.reached)
	}
}

// after returns a channel that is closed n steps from now. It replaces the one before.
func (s *steps) after(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.reached = n, make(chan struct{})
	return s.reached
}
