package web

import (
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"keywicket/models"
	"keywicket/models/netaddr"
	"keywicket/models/usage"
)

// How much may be asked of the limited routes, which need no sign-in. A client
// is an office behind one address too.
const (
	limitWindow     = 150 * time.Second
	limitPerClient  = 300  // at once, and 2 each second from then on
	limitPerSite    = 3000 // of all clients in one IPv6 site
	limitOfOthers   = 3000 // of all clients for which there is no room
	limitClients    = 50_000
	limitSweepEvery = time.Second
)

// visitorLimit limits what a client asks of routes that need no sign-in. Its
// memory is bounded: a client is forgotten once it may ask for everything
// again, and never to make room, because that would undo its limit. Whoever
// comes while there is no room shares one limit with all others who do.
type visitorLimit struct {
	now func() time.Time

	mu      sync.Mutex
	began   time.Time
	buckets map[netip.Prefix]*usage.Bucket
	others  usage.Bucket
	most    int
	swept   time.Duration
}

func newVisitorLimit(now func() time.Time) *visitorLimit {
	return &visitorLimit{now: now, began: now(), buckets: map[netip.Prefix]*usage.Bucket{}, most: limitClients}
}

// take counts one request from the address and reports whether it may go on,
// or how long to wait. All unknown addresses are one client.
func (l *visitorLimit) take(a netip.Addr) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now().Sub(l.began)
	site := netaddr.Site(a)
	if known := l.buckets[site]; site.IsValid() && known != nil {
		// Before anything is remembered of the client.
		if state, ok := known.Peek(rateOf(limitPerSite), int64(at)); !ok {
			return state.RetryAfter, false
		}
	}
	wait, taken, ok := l.charge(netaddr.Client(a), limitPerClient, at)
	if !ok || !site.IsValid() {
		return wait, ok
	}
	if wait, _, ok = l.charge(site, limitPerSite, at); !ok {
		taken.GiveBack()
	}
	return wait, ok
}

func (l *visitorLimit) charge(p netip.Prefix, most int, at time.Duration) (time.Duration, usage.Taken, bool) {
	bucket := l.bucket(p, at)
	if bucket == &l.others {
		most = limitOfOthers
	}
	state, taken, ok := bucket.Take(rateOf(most), int64(at))
	return state.RetryAfter, taken, ok
}

func (l *visitorLimit) bucket(p netip.Prefix, at time.Duration) *usage.Bucket {
	if b := l.buckets[p]; b != nil {
		return b
	}
	if len(l.buckets) >= l.most {
		l.sweep(at)
	}
	if len(l.buckets) >= l.most {
		return &l.others
	}
	b := &usage.Bucket{}
	l.buckets[p] = b
	return b
}

// sweep forgets those who may ask for everything again.
func (l *visitorLimit) sweep(at time.Duration) {
	if at-l.swept < limitSweepEvery {
		return
	}
	l.swept = at
	for p, b := range l.buckets {
		// A bucket is full by every rate or by none.
		if state, _ := b.Peek(rateOf(limitPerClient), int64(at)); state.Remaining == limitPerClient-1 {
			delete(l.buckets, p)
		}
	}
}

func rateOf(requests int) usage.Rate {
	return usage.Rate{Requests: requests, Window: limitWindow}
}

// limitVisitors refuses a request of a limited route from an address that asked
// for too much.
func (c *Context) limitVisitors(r Route) error {
	if !r.limited() {
		return nil
	}
	wait, ok := c.server.visitors.take(c.ip)
	if ok {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	return models.Errorf(models.CodeTooMany, "", "errors.visitors.too_many", "Seconds", seconds)
}

// limited reports whether a client may ask only so much of the route: of all
// that change something and need no sign-in, and of the GETs that say so.
func (r Route) limited() bool {
	return r.Access.kind == accessPublic && (r.Method != http.MethodGet || r.Access.limited)
}
