package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tieout/internal/bucket"
	"tieout/internal/jsonstream"
	"tieout/internal/reconcile"
)

// previousFindings reads the findings of the pipeline's previous run out of its report, whose place is empty if there
// was none.
func (a *Activities) previousFindings(ctx context.Context, place string) ([]reconcile.Finding, error) {
	if place == "" {
		return nil, nil
	}
	key, err := a.Store.Key(place)
	if err != nil {
		return nil, err
	}
	var previous []reconcile.Finding
	err = a.reported(ctx, key, func(d *json.Decoder) error {
		var f reconcile.Finding
		err := d.Decode(&f)
		previous = append(previous, f)
		return err
	})
	return previous, err
}

// firstSeen gives the findings that the previous run lacked the date on which a remembered run first had them.
func (t *tieOut) firstSeen(ctx context.Context) error {
	if !t.verdict.AnyNew() {
		return nil // what the previous run had carries its date on
	}
	seen := t.verdict.SeenBefore()
	for _, earlier := range t.basis.Earlier {
		if earlier.Findings == 0 {
			continue
		}
		if err := t.a.reported(ctx, t.job.keys.TieOut(earlier.JobKey, earlier.Number, "report.json"), func(d *json.Decoder) error {
			var f struct{ ID, Since string }
			err := d.Decode(&f)
			seen(f.ID, f.Since)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// reported calls each before each finding of the report at a key. A report that somebody tidied up has none.
func (a *Activities) reported(ctx context.Context, key string, each func(*json.Decoder) error) error {
	body, _, err := a.Store.Open(ctx, key)
	if errors.Is(err, bucket.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading an earlier report: %w", err)
	}
	defer body.Close()
	d := json.NewDecoder(body)
	var rest struct{}
	if err := jsonstream.Object(d, &rest, map[string]func() error{"findings": func() error {
		return jsonstream.Array(d, func() error { return each(d) })
	}}); err != nil {
		return fmt.Errorf("reading the earlier report %s: %w", a.Store.URI(key), err)
	}
	return nil
}
