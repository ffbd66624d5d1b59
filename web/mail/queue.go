package mail

import (
	"context"
	"log/slog"
	"time"
)

// Limits of a Queue.
const (
	queueLen     = 64              // jobs that wait
	queueWorkers = 2               // jobs that run at the same time
	jobTimeout   = 3 * Timeout     // for one job
	drainTimeout = 5 * time.Second // for the jobs that still wait when the server stops
)

// Queue runs jobs in the background, so that the time of a response does not
// depend on them: a password reset must not reveal whether a mail was sent. It
// is safe for concurrent use.
type Queue struct {
	jobs chan func(context.Context) error
	log  *slog.Logger
}

// NewQueue returns an empty queue. Jobs wait in it until Run is called.
func NewQueue(log *slog.Logger) *Queue {
	return &Queue{jobs: make(chan func(context.Context) error, queueLen), log: log}
}

// Later queues a job and returns at once. A job that finds the queue full is
// dropped, which is logged; so is the error that a job returns.
func (q *Queue) Later(do func(context.Context) error) {
	select {
	case q.jobs <- do:
	default:
		q.log.Warn("a mail was dropped: too many are waiting to be sent")
	}
}

// Run runs the queued jobs until ctx ends. It then takes at most a few seconds
// more for those that still wait, and returns nil.
func (q *Queue) Run(ctx context.Context) error {
	done := make(chan struct{})
	for range queueWorkers {
		go func() {
			defer func() { done <- struct{}{} }()
			q.work(ctx)
		}()
	}
	for range queueWorkers {
		<-done
	}
	return nil
}

func (q *Queue) work(ctx context.Context) {
	for {
		select {
		case do := <-q.jobs:
			q.do(context.WithoutCancel(ctx), jobTimeout, do)
		case <-ctx.Done():
			q.drain(context.WithoutCancel(ctx))
			return
		}
	}
}

func (q *Queue) drain(ctx context.Context) {
	end := time.Now().Add(drainTimeout)
	for left := time.Until(end); left > 0; left = time.Until(end) {
		select {
		case do := <-q.jobs:
			q.do(ctx, left, do)
		default:
			return
		}
	}
}

func (q *Queue) do(ctx context.Context, timeout time.Duration, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := do(ctx); err != nil {
		q.log.WarnContext(ctx, "a mail was not sent", "error", err)
	}
}
