package extractfile

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"runtime"
	"sync"

	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// ScanOptions tune a pass over a file; the result does not depend on them.
type ScanOptions struct {
	// Workers parse in parallel; 0 means GOMAXPROCS.
	Workers int
	// ChunkBytes is how much a worker takes at a time; 0 means 1 MiB.
	ChunkBytes int
	// Progress is called after each chunk with the bytes read and the rows found so far, never twice at a time.
	Progress func(bytes, rows int64)
}

func (o ScanOptions) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Scan reads a file once and returns what it declares, what it adds up to and, per check, its distinct tuples. A file
// that is not such an extract gives a *FormatError, a check's column that does not exist in it as well.
func Scan(ctx context.Context, r io.Reader, l *Layout, checks []pipeline.Check, o ScanOptions) (*Summary, error) {
	src, err := newSource(ctx, r, l, o)
	if err != nil {
		return nil, err
	}
	p, err := src.plan(l, checks, forScan)
	if err != nil {
		return nil, err
	}
	seed := maphash.MakeSeed()
	scanners := make([]*scanner, o.workers())
	for i := range scanners {
		scanners[i] = newScanner(p, seed)
	}
	if err := work(src, len(scanners), func(worker int, c *chunk) error { return scanners[worker].chunk(c) }); err != nil {
		return nil, err
	}
	first := scanners[0]
	for i, other := range scanners[1:] {
		first.merge(other)
		scanners[i+1] = nil
	}
	if len(first.names) > maxCurrencies {
		return nil, formatError(0, "its currency column holds %d different codes, and there are not half as many currencies: "+
			"correct currency in the pipeline's format, or see whether the columns of the file have moved", len(first.names))
	}
	return first.finish(src), nil
}

// maxCurrencies bounds the sums that a result carries: ISO 4217 has some 180 codes. It is looked at once the file was
// read, so that the answer does not depend on the number of workers.
const maxCurrencies = 500

// work hands the chunks to the workers and returns the error that stands first in the file.
func work(src *source, workers int, do func(worker int, c *chunk) error) error {
	var wait sync.WaitGroup
	errs := make([]error, workers)
	for i := range workers {
		wait.Go(func() {
			var c chunk
			for {
				ok, err := src.next(&c)
				if err == nil && ok {
					err = do(i, &c)
				}
				if err != nil {
					src.stop()
					errs[i] = err
				}
				if !ok || err != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return earliest(errs)
}

// earliest prefers what stands first in the file: chunks are handed out in order and a chunk that was handed out is read
// to its end, so the choice does not depend on timing. Errors of the reading itself come after all rows read before.
func earliest(errs []error) error {
	var found error
	var foundAt int64
	for _, err := range errs {
		format, isFormat := errors.AsType[*FormatError](err)
		switch {
		case err == nil:
		case isFormat && format.Row > 0:
			if foundAt == 0 || format.Row < foundAt {
				found, foundAt = err, format.Row
			}
		case found == nil:
			found = err
		}
	}
	return found
}

// fewCurrencies are looked through one by one before the map is asked; a file rarely has more.
const fewCurrencies = 8

// scanner gathers what one worker sees.
type scanner struct {
	*reader
	summary    Summary // its faults and records
	tuples     []*tuples
	currencies map[string]int32
	names      []string // of the currencies, by number
	sums       []money.Sum
}

func newScanner(p *plan, seed maphash.Seed) *scanner {
	s := &scanner{reader: newReader(p), currencies: map[string]int32{}}
	for range p.checks {
		s.tuples = append(s.tuples, newTuples(seed))
	}
	return s
}

func (s *scanner) chunk(c *chunk) error {
	s.summary.Records += int64(len(c.records))
	damaged := c.damaged()
	for i := range c.records {
		if i == damaged {
			return c.nulError(i)
		}
		if err := s.row(c.buf, c.records[i], c.first+int64(i)); err != nil {
			return c.locate(err, i)
		}
	}
	return nil
}

func (s *scanner) row(buf []byte, rec record, row int64) error {
	if err := s.read(buf, rec, row); err != nil {
		return err
	}
	if s.objection != 0 {
		s.objections(&s.summary, buf, rec, row)
	}
	currency := s.currencyOf(s.at(s.currency))
	s.sums[currency] = s.sums[currency].Plus(s.value)
	for i := range s.checks {
		check, tuples := &s.checks[i], s.tuples[i]
		if s.skips(check) {
			tuples.skipped++
			continue
		}
		key := s.tuple(check)
		entry, isNew := tuples.entry(key, row, currency)
		if isNew {
			for _, slot := range check.slots {
				if err := s.legible(s.at(slot)); err != nil {
					return err
				}
			}
		}
		entry.rows++
		sum := tuples.sumOf(entry, currency)
		*sum = sum.Plus(s.value)
	}
	return nil
}

// currencyOf numbers a currency code.
func (s *scanner) currencyOf(code []byte) int32 {
	for i, name := range s.names[:min(len(s.names), fewCurrencies)] {
		if name == string(code) {
			return int32(i)
		}
	}
	code = currencyCode(code)
	if n, ok := s.currencies[string(code)]; ok {
		return n
	}
	return s.addCurrency(string(code))
}

func (s *scanner) addCurrency(code string) int32 {
	n := int32(len(s.names))
	s.currencies[code] = n
	s.names = append(s.names, code)
	s.sums = append(s.sums, money.Sum{})
	return n
}

// merge adds what another worker gathered.
func (s *scanner) merge(other *scanner) {
	s.summary.Records += other.summary.Records
	s.summary.Sequence.merge(other.summary.Sequence)
	s.summary.BatchMixed.merge(other.summary.BatchMixed)
	s.summary.Width.merge(other.summary.Width)
	s.summary.AmountFormat.merge(other.summary.AmountFormat)
	translate := make([]int32, len(other.names))
	for i, code := range other.names {
		n, ok := s.currencies[code]
		if !ok {
			n = s.addCurrency(code)
		}
		translate[i] = n
		s.sums[n] = s.sums[n].Merge(other.sums[i])
	}
	for i := range s.tuples {
		s.tuples[i].merge(other.tuples[i], translate)
		other.tuples[i] = nil
	}
}

func (s *scanner) finish(src *source) *Summary {
	out := s.summary
	out.Header, out.Bytes = s.header, src.raw.n
	out.Amounts = make(money.Sums, len(s.names))
	for i, code := range s.names {
		out.Amounts[code] = s.sums[i]
		out.Total = out.Total.Add(s.sums[i].Net)
	}
	out.Checks = make([]CheckSummary, len(s.tuples))
	for i, t := range s.tuples {
		out.Checks[i] = t.summary(s.names)
		s.tuples[i] = nil
	}
	return &out
}
