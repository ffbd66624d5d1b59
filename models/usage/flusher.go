package usage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// finalFlush is how long the last flush may take after the end was asked for.
const finalFlush = 5 * time.Second

// Sink stores what a Flusher sends.
type Sink interface {
	// AddUsage stores the whole batch, or nothing and returns an error.
	AddUsage(ctx context.Context, b Batch) error
}

// Flusher moves what a Counter holds to a Sink, at an interval and finally at
// the end. A batch that cannot be stored is put back and tried again.
type Flusher struct {
	counter  *Counter
	sink     Sink
	interval time.Duration
	log      *slog.Logger
	also     []func(context.Context) error
	mu       sync.Mutex // one flush at a time
}

// NewFlusher makes a Flusher; Run starts it. A nil log logs nothing.
func NewFlusher(c *Counter, sink Sink, interval time.Duration, log *slog.Logger) *Flusher {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Flusher{counter: c, sink: sink, interval: interval, log: log}
}

// Also has something else stored with each flush. Call it before Run.
func (f *Flusher) Also(store func(context.Context) error) { f.also = append(f.also, store) }

// Run flushes at the interval until ctx ends, and then once more. Stop the
// gate's server before ending ctx: then nothing that was decided is lost. The
// error is that of the last flush.
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

// Flush stores what was counted until now. After an error the counts are back
// in the counter.
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
