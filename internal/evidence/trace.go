package evidence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Runs knows which runs are running.
type Runs interface {
	IsRunning(ctx context.Context, workflowID, runID string) (bool, error)
}

// Look is a look at completed jobs.
type Look struct {
	Horizon Horizon
	// Own is the run that looks: its claims are from an attempt that was cut off, or from before a reset.
	Own string
	// Runs is nil where nobody can be asked which runs are running.
	Runs Runs
}

// Seen is a completed job, what is known of it, and what is to become of it.
type Seen struct {
	CompletedJob
	Trace
	Standing Standing
}

// Horizon reads what separates the pipeline's own jobs from history.
func (p Pipeline) Horizon(ctx context.Context, settings pipeline.Pipeline) (Horizon, error) {
	baseline, _, err := p.Baseline(ctx)
	if err != nil {
		return Horizon{}, err
	}
	since, err := Since(settings)
	return Horizon{Baseline: baseline, Since: since}, err
}

// Judge says what is to become of each of the jobs. A job costs one listing; one that a run has claimed and not brought to
// a result two more reads.
func (p Pipeline) Judge(ctx context.Context, look Look, jobs []CompletedJob) ([]Seen, error) {
	seen := make([]Seen, len(jobs))
	err := sideBySide(ctx, len(jobs), func(ctx context.Context, i int) error {
		trace, err := p.trace(ctx, look, contract.JobKey(jobs[i].ID))
		seen[i] = Seen{jobs[i], trace, look.Horizon.Standing(jobs[i], trace)}
		return err
	})
	return seen, err
}

// FinalCode returns the code that ended a job without a result for good, or "".
func (p Pipeline) FinalCode(ctx context.Context, jobKey string) (string, error) {
	trace, err := p.trace(ctx, Look{}, jobKey)
	return trace.FinalCode(), err
}

// HasResult reports whether the job's current landing was tied out: the result of one that was made again since is not it.
func (p Pipeline) HasResult(ctx context.Context, jobKey string) (bool, error) {
	trace, err := p.trace(ctx, Look{}, jobKey)
	return trace.TiedOut, err
}

func (p Pipeline) trace(ctx context.Context, look Look, jobKey string) (trace Trace, err error) {
	folders, err := p.folders(ctx, p.Keys.Job(jobKey))
	if err != nil {
		return trace, fmt.Errorf("listing what there is of job %s: %w", jobKey, err)
	}
	there := folders[jobKey]
	trace.Landed = there.landing > 0
	if trace.TiedOut, err = p.tiedOut(ctx, jobKey, there); err != nil || trace.TiedOut || !there.claim {
		return trace, err
	}
	if trace.Claim, err = p.Claim(ctx, jobKey); err != nil {
		return trace, err
	}
	if trace.Claim.RunID == look.Own {
		trace.Asked = true
		return trace, nil
	}
	if look.Runs != nil {
		trace.Asked = true
		if trace.Running, err = look.Runs.IsRunning(ctx, trace.Claim.WorkflowID, trace.Claim.RunID); err != nil || trace.Running {
			return trace, err
		}
	}
	record, recorded, err := p.Record(ctx, trace.Claim.BusinessDate, trace.Claim.RunID)
	if recorded {
		trace.Record = &record
	}
	return trace, err
}

// folder is what lies below the prefix of a job, by the names of the objects.
type folder struct {
	claim   bool
	landing int      // the number of the newest landing that has its manifest
	results []string // keys, in the order of the tie-outs
}

// folders lists a prefix and returns what lies below each job there.
func (p Pipeline) folders(ctx context.Context, prefix string) (map[string]folder, error) {
	objects, err := p.Store.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	found := map[string]folder{}
	for _, object := range objects {
		jobKey, _, _ := strings.Cut(strings.TrimPrefix(object.Key, p.Keys.Jobs()), "/")
		there := found[jobKey]
		if landing, ok := LandingOf(object.Key); ok {
			there.landing = max(there.landing, landing.Number)
		} else if strings.HasPrefix(object.Key, p.Keys.TieOuts(jobKey)) && IsResult(object.Key) {
			there.results = append(there.results, object.Key)
		} else if object.Key == p.Keys.Claim(jobKey) {
			there.claim = true
		}
		found[jobKey] = there
	}
	return found, nil
}

// tiedOut reports whether one of the results is of the newest landing. Only a landing that was made again needs a read.
func (p Pipeline) tiedOut(ctx context.Context, jobKey string, there folder) (bool, error) {
	if there.landing <= 1 {
		return len(there.results) > 0, nil
	}
	current := p.Store.URI(p.Keys.Landing(jobKey, there.landing).Manifest())
	for _, key := range slices.Backward(there.results) {
		result, err := p.Result(ctx, key)
		if err != nil {
			return false, fmt.Errorf("reading the result %s: %w", p.Store.URI(key), err)
		}
		if result.Manifest == current {
			return true, nil
		}
	}
	return false, nil
}

// Unlisted returns the jobs, known by their ids alone, that runs have claimed and not brought to a result, but for those
// that Concur lists. Only a listing of everything that the pipeline has landed tells: it is needed once newer jobs push old
// ones out.
func (p Pipeline) Unlisted(ctx context.Context, listed []string) ([]CompletedJob, error) {
	folders, err := p.folders(ctx, p.Keys.Jobs())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's jobs: %w", err)
	}
	for _, jobID := range listed {
		delete(folders, contract.JobKey(jobID))
	}
	var jobs []CompletedJob
	for jobKey, there := range folders {
		done, err := p.tiedOut(ctx, jobKey, there)
		if err != nil {
			return nil, err
		}
		if done || !there.claim {
			continue
		}
		claim, err := p.Claim(ctx, jobKey)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, CompletedJob{ID: claim.JobID})
	}
	return jobs, nil
}
