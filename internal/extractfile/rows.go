package extractfile

import (
	"context"
	"io"
	"sync"

	"tieout/internal/pipeline"
)

// Rows is the second pass: it calls emit, in file order, for each row that lookup says belongs to a finding, or that a
// control check objects to. lookup gets a check's index and a tuple's key (see Key) and returns the number of the
// finding, or a negative number for none; several workers ask it at a time, row by row. emit is never called twice at a
// time. Rows that a check skips are not part of its findings. An error of emit ends the pass and is returned.
func Rows(ctx context.Context, r io.Reader, l *Layout, checks []pipeline.Check, lookup func(check int, key []byte) int,
	emit func(*Row) error, o ScanOptions) error {
	src, err := newSource(ctx, r, l, o)
	if err != nil {
		return err
	}
	p, err := src.plan(l, checks, forRows)
	if err != nil {
		return err
	}
	order := &fileOrder{emit: emit}
	order.turned.L = &order.mu
	pickers := make([]*picker, o.workers())
	for i := range pickers {
		pickers[i] = &picker{newReader(p), lookup}
	}
	return work(src, len(pickers), func(worker int, c *chunk) error {
		rows, err := pickers[worker].chunk(c)
		return order.hand(c.index, rows, err)
	})
}

// picker picks the wanted rows out of chunks.
type picker struct {
	*reader
	lookup func(check int, key []byte) int
}

func (p *picker) chunk(c *chunk) ([]*Row, error) {
	var rows []*Row
	damaged := c.damaged()
	for i, rec := range c.records {
		if i == damaged {
			return rows, c.nulError(i)
		}
		number := c.first + int64(i)
		if err := p.read(c.buf, rec, number); err != nil {
			return rows, c.locate(err, i)
		}
		findings := p.findings()
		if findings == nil && p.objection == 0 {
			continue
		}
		rows = append(rows, &Row{
			Number: number, Findings: findings, Controls: p.controls(),
			Sequence: text(p.at(p.sequence)), Report: text(p.at(p.report)), Entry: text(p.at(p.entry)),
			Amount: text(p.at(p.amount)), Currency: string(currencyCode(p.at(p.currency))),
		})
	}
	return rows, nil
}

func (p *picker) findings() []RowFinding {
	var findings []RowFinding
	for i := range p.checks {
		check := &p.checks[i]
		if p.skips(check) {
			continue
		}
		key := p.tuple(check)
		if finding := p.lookup(i, key); finding >= 0 {
			findings = append(findings, RowFinding{Check: i, Finding: finding,
				Values: keyValues(make([]string, 0, len(check.slots)), string(key))})
		}
	}
	return findings
}

// fileOrder hands rows out in the order of their chunks.
type fileOrder struct {
	emit   func(*Row) error
	mu     sync.Mutex
	turned sync.Cond
	next   int64 // chunk whose turn it is
	failed bool
}

// hand waits for the chunk's turn and emits its rows. After an error, its own or a given one, no later row is emitted.
func (o *fileOrder) hand(index int64, rows []*Row, err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.next != index {
		o.turned.Wait()
	}
	defer func() {
		o.next++
		o.turned.Broadcast()
	}()
	for _, row := range rows {
		if o.failed {
			return nil
		}
		if emitErr := o.emit(row); emitErr != nil {
			o.failed = true
			return emitErr
		}
	}
	if err != nil {
		o.failed = true
	}
	return err
}
