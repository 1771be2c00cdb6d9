package concur

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

var errStalled = errors.New("no byte arrived for too long")

// fileBody gives a file up when it stalls. The clock runs only while a Read waits, so that a slow reader is not blamed on
// Concur.
type fileBody struct {
	from   io.ReadCloser
	stall  time.Duration
	cancel context.CancelCauseFunc
	broken Error // what the errors of this body have in common

	start    []byte // read ahead
	startErr error
	read     int64
	timer    *time.Timer
	stalled  atomic.Bool
	once     sync.Once
}

// peek reads ahead far enough to tell a page from a file. As a rule one byte that begins no markup is enough.
func (b *fileBody) peek(least int) error {
	buf := make([]byte, 256)
	n, err := 0, error(nil)
	for n < len(buf) && err == nil && (n < least || mayBeMarkup(buf[:n])) {
		var m int
		m, err = b.fill(buf[n:])
		n += m
	}
	b.start, b.startErr = buf[:n], err
	if n == 0 && err != nil && err != io.EOF {
		return err
	}
	return nil
}

// mayBeMarkup reports whether the first bytes can be those of a page.
func mayBeMarkup(start []byte) bool {
	start = trimStart(start)
	return len(start) == 0 || start[0] == '<' || start[0] == "\ufeff"[0]
}

// trimStart removes the byte order mark and the blanks that may stand in front of markup.
func trimStart(text []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n")
}

func (b *fileBody) Read(p []byte) (int, error) {
	if len(b.start) > 0 {
		n := copy(p, b.start)
		b.start = b.start[n:]
		b.read += int64(n)
		return n, nil
	}
	if b.startErr != nil {
		return 0, b.startErr
	}
	n, err := b.fill(p)
	b.read += int64(n)
	return n, err
}

func (b *fileBody) fill(p []byte) (int, error) {
	if b.timer == nil {
		b.timer = time.AfterFunc(b.stall, func() {
			b.stalled.Store(true)
			b.cancel(errStalled)
		})
	} else {
		b.timer.Reset(b.stall)
	}
	n, err := b.from.Read(p)
	b.timer.Stop()
	if err == nil || err == io.EOF {
		return n, err
	}
	e := b.broken
	e.Kind, e.Err = KindTransport, err
	e.Message = fmt.Sprintf("the file broke off after %d bytes", b.read+int64(n))
	if b.stalled.Load() {
		e.Err = errStalled
		e.Message += fmt.Sprintf(", when nothing came for %s", b.stall)
	}
	return n, &e
}

func (b *fileBody) Close() error {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.once.Do(func() { b.cancel(context.Canceled) })
	return b.from.Close()
}
