package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
)

// expand lands the members of a zip. A member that is tied out must be a whole extract, as a file without a zip must be;
// else the zip is refused and fetched again. Where Concur serves the same zip again, it is taken as it is.
func (r *landingRun) expand(ctx context.Context, manifest *evidence.Manifest, try int, refused []evidence.Refused) error {
	settings := r.p.Scope.Settings
	files, err := landing.ExpandZip(ctx, r.Store, manifest.Raw.Key,
		func(name string) string { return r.at.Member(try, evidence.SafeName(name)) },
		landing.ZipOptions{
			Look: func(name string, head []byte, whole bool) error {
				if !isTiedOut(name, settings.Members) {
					return nil
				}
				return r.layout.Recognize(head, whole, settings.Checks)
			},
			EndProof: func(name string) landing.EndProver {
				if !isTiedOut(name, settings.Members) {
					return nil
				}
				return extractfile.NewCounter(r.layout)
			},
		})
	_, isNone := errors.AsType[*landing.NoFileError](err)
	_, isBad := errors.AsType[*landing.ZipError](err)
	switch {
	case isNone, isBad:
		return errors.Join(r.refuse(ctx, try, manifest.Raw, err.Error(), false), err)
	case err != nil:
		return err
	}
	manifest.Files = files
	for _, file := range files {
		if !file.Refuted {
			continue
		}
		if try <= len(refused) && refused[try-1].Refuted && refused[try-1].Raw.SHA256 == manifest.Raw.SHA256 {
			manifest.Raw.Proof = landing.ProofTwice
			return nil
		}
		err := fmt.Errorf("member %q of the zip holds another number of records than its header declares: it is fetched again, and two equal ones are taken for the truth", file.Name)
		return errors.Join(r.refuse(ctx, try, manifest.Raw, err.Error(), true), err)
	}
	return nil
}

// refuse writes that no manifest is to name the zip.
func (r *landingRun) refuse(ctx context.Context, try int, raw evidence.File, why string, refuted bool) error {
	err := r.Store.PutJSON(ctx, r.at.Refused(try), evidence.Refused{Schema: 1, Raw: raw, Why: why, Refuted: refuted, At: time.Now().UTC()})
	if isConflict(err) {
		return nil // an earlier attempt noted it
	}
	return err
}

// refused reads what was refused before, try by try.
func (r *landingRun) refused(ctx context.Context) ([]evidence.Refused, error) {
	for refused := []evidence.Refused{}; ; {
		var one evidence.Refused
		err := r.Store.GetJSON(ctx, r.at.Refused(len(refused)+1), &one)
		if errors.Is(err, bucket.ErrNotFound) {
			return refused, nil
		}
		if err != nil {
			return nil, err
		}
		refused = append(refused, one)
	}
}
