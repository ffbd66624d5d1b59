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
	limitOfOthers   = 3000 // of all clients that are unknown, or for which there is no room
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

	// Somebody who is signed in is counted for themselves, wherever they are:
	// strangers at their address take nothing from them. Sessions become known
	// when a page reads them.
	sessions map[string]int64 // whose a session is, by its id
	people   map[int64]*usage.Bucket
	reads    usage.Bucket // of sessions that are not known, for refused requests
}

func newVisitorLimit(now func() time.Time) *visitorLimit {
	return &visitorLimit{
		now: now, began: now(), most: limitClients,
		buckets: map[netip.Prefix]*usage.Bucket{}, sessions: map[string]int64{}, people: map[int64]*usage.Bucket{},
	}
}

// take counts one request from the address and reports whether it may go on,
// or how long to wait. Unknown addresses share the limit of those for whom there
// is no room.
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

// takePerson counts one request for the person whose session it is, as take does
// for an address. known is false for a session that was not read yet, or ended.
func (l *visitorLimit) takePerson(session string) (wait time.Duration, ok, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.people[l.sessions[session]]
	if bucket == nil {
		return 0, false, false
	}
	state, _, ok := bucket.Take(rateOf(limitPerClient), int64(l.now().Sub(l.began)))
	return state.RetryAfter, ok, true
}

// learn notes whose session was read. The user 0 is for one that is none, or
// none any more.
func (l *visitorLimit) learn(session string, userID int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if userID == 0 {
		delete(l.sessions, session)
		return
	}
	if l.sessions[session] == userID {
		return
	}
	if len(l.sessions) >= l.most {
		clear(l.sessions) // each is learned again with its next page; the counts stay
	}
	l.sessions[session] = userID
	if l.people[userID] == nil {
		l.people[userID] = &usage.Bucket{}
	}
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
	if !p.IsValid() {
		return &l.others
	}
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

// mayRead counts one look into the database for a refused request that has a
// cookie. There are few over all addresses: made-up cookies cost no more reads,
// and all that somebody needs whose session is not read is to open any page.
func (l *visitorLimit) mayRead() bool {
	_, _, ok := l.reads.Take(rateOf(limitPerClient), int64(l.now().Sub(l.began)))
	return ok
}

// limitVisitors refuses a request of a limited route from a person, or else an
// address, that asked for too much.
func (c *Context) limitVisitors(r Route) error {
	if !r.limited() {
		return nil
	}
	c.noteUnnamedClient()
	session := c.namedSession()
	wait, ok, known := c.server.visitors.takePerson(session)
	if known {
		return c.tooMuch(wait, ok, "errors.visitors.too_many_person")
	}
	wait, ok = c.server.visitors.take(c.ip)
	if !ok && session != "" && c.server.visitors.mayRead() {
		if err := c.learnSession(session); err != nil {
			return err
		}
		if wait, ok, known := c.server.visitors.takePerson(session); known {
			return c.tooMuch(wait, ok, "errors.visitors.too_many_person")
		}
	}
	return c.tooMuch(wait, ok, "errors.visitors.too_many")
}

// learnSession makes the session known if there is one. Whether it has been idle
// for too long is found out later, for every request.
func (c *Context) learnSession(session string) error {
	row, err := c.server.store.Session(c.Ctx(), session)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil
	}
	if err == nil {
		c.server.visitors.learn(session, row.UserID)
	}
	return err
}

// tooMuch refuses what is not ok, with the seconds to wait.
func (c *Context) tooMuch(wait time.Duration, ok bool, words string) error {
	if ok {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	return models.Refuse(models.CodeTooMany, "", words, "Seconds", seconds)
}

// limited reports whether a client may ask only so much of the route: of all
// that change something and need no sign-in, and of the GETs that say so.
func (r Route) limited() bool {
	return r.Access.kind == accessPublic && (r.Method != http.MethodGet || r.Access.limited)
}
