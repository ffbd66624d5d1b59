package logs

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"keywicket/models/netaddr"
)

// The maximum number of lines that a listener logs per second. Errors have their own limit, so that a flood of refusals
// does not hide them.
const (
	linesPerSecond  = 100
	linesPerClient  = 20 // of these lines, for one network
	errorsPerSecond = 10
	errorsPerClient = 5
)

// Limit returns a logger for one listener. Its lines are safe as with NewHandler, and their number per second is
// limited, in all and for each client. The next line after a flood has the number of dropped lines as left_out. Debug
// lines are never dropped. If log is limited already, Limit returns it unchanged. A nil now means time.Now.
func Limit(log *slog.Logger, now func() time.Time) *slog.Logger {
	if _, limited := log.Handler().(limitHandler); limited {
		return log
	}
	if now == nil {
		now = time.Now
	}
	return slog.New(limitHandler{next: NewHandler(log.Handler()), budget: &budget{now: now}})
}

type clientKey struct{}

// WithClient returns a context whose lines count for the client. Lines without a client and those of an unknown address
// count for one shared client.
func WithClient(ctx context.Context, a netip.Addr) context.Context {
	return context.WithValue(ctx, clientKey{}, netaddr.Client(a))
}

type limitHandler struct {
	next   slog.Handler
	budget *budget
}

// Enabled implements slog.Handler.
func (h limitHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h limitHandler) Handle(ctx context.Context, r slog.Record) error {
	client, _ := ctx.Value(clientKey{}).(netip.Prefix)
	leftOut, ok := h.budget.take(client, r.Level)
	if !ok {
		return nil
	}
	if leftOut > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out", leftOut))
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h limitHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return limitHandler{h.next.WithAttrs(attrs), h.budget}
}

// WithGroup implements slog.Handler.
func (h limitHandler) WithGroup(name string) slog.Handler {
	return limitHandler{h.next.WithGroup(name), h.budget}
}

// budget counts the lines of the current second.
type budget struct {
	now func() time.Time

	mu      sync.Mutex
	second  int64
	lines   tally
	errors  tally
	leftOut int
}

// tally counts the lines of the current second.
type tally struct {
	all      int
	byClient map[netip.Prefix]int // no more entries than all
}

func (t *tally) spend(client netip.Prefix, most, mostOfClient int) bool {
	if t.all >= most || t.byClient[client] >= mostOfClient {
		return false
	}
	t.all++
	t.byClient[client]++
	return true
}

// take reports whether a line can be written now, and how many were dropped since the last one.
func (b *budget) take(client netip.Prefix, level slog.Level) (leftOut int, ok bool) {
	if level <= slog.LevelDebug {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if second := b.now().Unix(); second != b.second {
		b.second = second
		b.lines, b.errors = tally{byClient: map[netip.Prefix]int{}}, tally{byClient: map[netip.Prefix]int{}}
	}
	if !b.spend(client, level) {
		b.leftOut++
		return 0, false
	}
	leftOut, b.leftOut = b.leftOut, 0
	return leftOut, true
}

func (b *budget) spend(client netip.Prefix, level slog.Level) bool {
	if level >= slog.LevelError {
		return b.errors.spend(client, errorsPerSecond, errorsPerClient)
	}
	return b.lines.spend(client, linesPerSecond, linesPerClient)
}
