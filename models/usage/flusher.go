package usage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// finalFlush is how long the last flush can take after Run is told to end.
const finalFlush = 5 * time.Second

// Sink stores the batches of a Flusher.
type Sink interface {
	// AddUsage stores the whole batch. If it returns an error, it has stored nothing.
	AddUsage(ctx context.Context, b Batch) error
}

// Flusher moves the counts of a Counter to a Sink, at an interval and once more at the end. It restores a batch that
// could not be stored, for the next flush.
type Flusher struct {
	counter  *Counter
	sink     Sink
	interval time.Duration
	log      *slog.Logger
	also     []func(context.Context) error
	mu       sync.Mutex // one flush at a time
}

// NewFlusher returns a Flusher. Run starts it. A nil log discards its messages.
func NewFlusher(c *Counter, sink Sink, interval time.Duration, log *slog.Logger) *Flusher {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Flusher{counter: c, sink: sink, interval: interval, log: log}
}

// Also adds a function to call with each flush. Call it before Run.
func (f *Flusher) Also(store func(context.Context) error) { f.also = append(f.also, store) }

// Run flushes at the interval until ctx ends, and then once more. Stop the gate's server before you end ctx, so that no
// decision is lost. The error is that of the last flush.
func (f *Flusher) Run(ctx context.Context) error {
	tick := time.NewTicker(f.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), finalFlush)
			defer cancel()
			return f.Flush(last)
		case <-tick.C:
			if err := f.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
				f.log.WarnContext(ctx, "usage not stored, trying again", "error", err)
			}
		}
	}
}

// Flush stores all counts. After an error they are back in the counter.
func (f *Flusher) Flush(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.flushUsage(ctx)
	for _, store := range f.also {
		err = errors.Join(err, store(ctx))
	}
	return err
}

func (f *Flusher) flushUsage(ctx context.Context) error {
	b := f.counter.Drain()
	if b.Empty() {
		return nil
	}
	if err := f.sink.AddUsage(ctx, b); err != nil {
		f.counter.Restore(b)
		return err
	}
	return nil
}
