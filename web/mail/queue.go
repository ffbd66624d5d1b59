package mail

import (
	"context"
	"log/slog"
	"time"
)

// Limits of a Queue.
const (
	queueLen     = 64
	queueWork    = 3 * Timeout     // for one piece of work
	queueAtEnd   = 5 * time.Second // for what still waits when the server stops
	queueAtOnce  = 2
	queueTooLong = "a mail was left out: too many wait to be sent"
)

// Queue does work that nobody may have to wait for, such as a mail whose
// sending would tell by its time that there is somebody to send it to.
type Queue struct {
	jobs chan func(context.Context) error
	log  *slog.Logger
}

// NewQueue makes a queue; Run does its work.
func NewQueue(log *slog.Logger) *Queue {
	return &Queue{jobs: make(chan func(context.Context) error, queueLen), log: log}
}

// Later has the work done soon. When too much waits already it is left out,
// and the log says so.
func (q *Queue) Later(do func(context.Context) error) {
	select {
	case q.jobs <- do:
	default:
		q.log.Warn(queueTooLong)
	}
}

// Run works until ctx ends, and then a few seconds more on what waits.
func (q *Queue) Run(ctx context.Context) error {
	done := make(chan struct{})
	for range queueAtOnce {
		go func() {
			defer func() { done <- struct{}{} }()
			q.work(ctx)
		}()
	}
	for range queueAtOnce {
		<-done
	}
	return nil
}

func (q *Queue) work(ctx context.Context) {
	for {
		select {
		case do := <-q.jobs:
			q.do(context.WithoutCancel(ctx), queueWork, do)
		case <-ctx.Done():
			q.drain(context.WithoutCancel(ctx))
			return
		}
	}
}

func (q *Queue) drain(ctx context.Context) {
	end := time.Now().Add(queueAtEnd)
	for left := time.Until(end); left > 0; left = time.Until(end) {
		select {
		case do := <-q.jobs:
			q.do(ctx, left, do)
		default:
			return
		}
	}
}

func (q *Queue) do(ctx context.Context, most time.Duration, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := do(ctx); err != nil {
		q.log.WarnContext(ctx, "a mail was not sent", "error", err)
	}
}
