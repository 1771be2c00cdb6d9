package reconcile

import (
	"fmt"
	"strings"
	"time"

	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// waivers are those that hold on the business date, their amounts read.
type waivers []waiver

type waiver struct {
	pipeline.Waiver
	limits map[string]money.Amount
}

// newWaivers drops the waivers that have expired: `until` is the last day on which one holds.
func newWaivers(all []pipeline.Waiver, businessDate string) (waivers, error) {
	var holding waivers
	for _, w := range all {
		if _, err := time.Parse(time.DateOnly, w.Until); err != nil {
			return nil, fmt.Errorf("waiver of %q for check %q: until %q is not a date such as 2027-01-31", w.Value, w.Check, w.Until)
		}
		limits := make(map[string]money.Amount, len(w.MaxAmount))
		for currency, text := range w.MaxAmount {
			limit, err := money.Parse(text)
			if err != nil {
				return nil, fmt.Errorf("waiver of %q for check %q: max_amount of %s: %w", w.Value, w.Check, currency, err)
			}
			limits[currency] = limit
		}
		if businessDate <= w.Until {
			holding = append(holding, waiver{w, limits})
		}
	}
	return holding, nil
}

// of returns the first waiver that covers a finding, nil if none does.
func (all waivers) of(f *Finding) *Waived {
	for _, w := range all {
		if w.covers(f) {
			return &Waived{Reason: w.Reason, By: w.By, Until: w.Until}
		}
	}
	return nil
}

func (w *waiver) covers(f *Finding) bool {
	if w.Check != f.Check {
		return false
	}
	if f.Check == CheckControl {
		// What a control finding comes to is known from the rows alone, so a limit cannot be held against it here.
		return w.Value == f.Class && len(w.limits) == 0
	}
	if w.Value != f.Path[f.Level-1] && w.Value != strings.Join(f.Path, PathSeparator) {
		return false
	}
	if len(w.limits) == 0 {
		return true
	}
	for currency, sum := range f.Amounts {
		limit, named := w.limits[currency]
		if !named || sum.Gross.Cmp(limit) > 0 {
			return false
		}
	}
	return true
}
