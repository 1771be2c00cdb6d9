package systemtest

import "sync"

// steps counts what the workers of a shift ask of Concur and of S3: how far the shift has got, however fast the machine is.
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

// after is closed once so many more steps were taken. There is one such moment at a time.
func (s *steps) after(n int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.reached = n, make(chan struct{})
	return s.reached
}
