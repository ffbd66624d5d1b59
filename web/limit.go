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

// Limits on requests of the limited routes, which need no sign-in. One client can
// be a whole office behind one address.
const (
	limitWindow     = 150 * time.Second
	limitPerClient  = 300    // at once, and 2 each second from then on
	limitPerSite    = 3000   // for all clients in one IPv6 site
	limitOfOthers   = 3000   // for all clients that are unknown or have no room in memory
	limitClients    = 50_000 // that have room in memory
	limitSweepEvery = time.Second
)

// visitorLimit limits each client's requests to routes that need no sign-in. Its
// memory is bounded: a client is forgotten once its whole limit is available
// again, and never to make room, because that would reset its limit. Clients for
// which there is no room share one limit.
type visitorLimit struct {
	now func() time.Time

	mu      sync.Mutex
	began   time.Time
	buckets map[netip.Prefix]*usage.Bucket
	others  usage.Bucket
	most    int
	swept   time.Duration

	// People who are signed in have limits of their own, at any address, so that
	// strangers at their address do not use theirs up. A session is known once a
	// page has read it.
	sessions map[string]int64 // user ids by session id
	people   map[int64]*usage.Bucket
	reads    usage.Bucket // of unknown sessions, for refused requests
}

func newVisitorLimit(now func() time.Time) *visitorLimit {
	return &visitorLimit{
		now: now, began: now(), most: limitClients,
		buckets: map[netip.Prefix]*usage.Bucket{}, sessions: map[string]int64{}, people: map[int64]*usage.Bucket{},
	}
}

// take counts one request from the address. It reports whether the request is
// within the limit, and returns how long to wait if it is not. Unknown addresses
// share the limit of clients without room.
func (l *visitorLimit) take(a netip.Addr) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now().Sub(l.began)
	site := netaddr.Site(a)
	if known := l.buckets[site]; site.IsValid() && known != nil {
		// Check the site before using memory for the client.
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

// takePerson counts one request for the user of the session, as take does for an
// address. known is false when the session has not been read yet, or has ended.
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

// learn stores the user of a session that was read. User 0 stands for a session
// that does not exist or has ended.
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
		clear(l.sessions) // the next page learns each again; the counts stay
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

// sweep forgets the clients whose whole limit is available again.
func (l *visitorLimit) sweep(at time.Duration) {
	if at-l.swept < limitSweepEvery {
		return
	}
	l.swept = at
	for p, b := range l.buckets {
		// A bucket that is full at one rate is full at every rate.
		if state, _ := b.Peek(rateOf(limitPerClient), int64(at)); state.Remaining == limitPerClient-1 {
			delete(l.buckets, p)
		}
	}
}

func rateOf(requests int) usage.Rate {
	return usage.Rate{Requests: requests, Window: limitWindow}
}

// mayRead counts one read of the database for a refused request with a cookie, and
// reports whether it is within the limit. All addresses share the limit, so that
// made-up cookies cost few reads. People whose session is not read only have to
// open any page.
func (l *visitorLimit) mayRead() bool {
	_, _, ok := l.reads.Take(rateOf(limitPerClient), int64(l.now().Sub(l.began)))
	return ok
}

// limitVisitors returns CodeTooMany for a request to a limited route when the
// person, or else the address, has exceeded the limit.
func (c *Context) limitVisitors(r Route) error {
	if !r.limited() {
		return nil
	}
	c.noteUnnamedClient()
	session := c.namedSession()
	wait, ok, known := c.server.visitors.takePerson(session)
	if known {
		return c.tooMany(wait, ok, "errors.visitors.too_many_person")
	}
	wait, ok = c.server.visitors.take(c.ip)
	if !ok && session != "" && c.server.visitors.mayRead() {
		if err := c.learnSession(session); err != nil {
			return err
		}
		if wait, ok, known := c.server.visitors.takePerson(session); known {
			return c.tooMany(wait, ok, "errors.visitors.too_many_person")
		}
	}
	return c.tooMany(wait, ok, "errors.visitors.too_many")
}

// learnSession makes the session known if it exists. Whether it has expired is
// checked later, as for every request.
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

// tooMany returns nil if ok, and otherwise CodeTooMany with the seconds to wait.
func (c *Context) tooMany(wait time.Duration, ok bool, words string) error {
	if ok {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	return models.Refuse(models.CodeTooMany, "", words, "Seconds", seconds)
}

// limited reports whether the requests of each client to the route are limited:
// those of public routes that change something, and of GET routes with
// Access.Limited.
func (r Route) limited() bool {
	return r.Access.kind == accessPublic && (r.Method != http.MethodGet || r.Access.limited)
}
