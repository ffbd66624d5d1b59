package engine

import (
	"cmp"
	"math"
	"slices"

	"keywicket/models"
	"keywicket/models/usage"
)

// methodAny is the method of an API that takes every method.
const methodAny = "ANY"

// API is one operation of a catalogue as the engine knows it. It never changes.
type API struct {
	id                 int64
	name, method, path string
	appField           string
	appSource          models.AppSource
	bucket             *usage.Bucket // shared by the versions of the path; nil without a rate limit
	perSecond          int32
	appSegment         int16 // where the path has the app id; -1: nowhere
	appBound           bool
}

// ID returns the API's id in the store.
func (a *API) ID() int64 { return a.id }

// Name returns the API's name, such as "data.list".
func (a *API) Name() string { return a.name }

// Method returns the API's method, or "ANY".
func (a *API) Method() string { return a.method }

// Path returns the API's path pattern.
func (a *API) Path() string { return a.path }

func (a *API) rate() usage.Rate { return perSecond(int(a.perSecond)) }

// takes reports whether the API takes the method.
func (a *API) takes(method string) bool { return a.method == method || a.method == methodAny }

// catalogue holds an account's APIs and finds them by path or by name.
type catalogue struct {
	apis   []API    // in the order of their paths
	byName []uint32 // indexes of apis, in the order of their names
	router router
}

// compileCatalogue returns the catalogue of the APIs. An API whose path cannot be
// read is found by its name only. Rates use the bucket of their group in buckets,
// where there is one.
func compileCatalogue(list []models.API, buckets map[string]*usage.Bucket, t texts) catalogue {
	if len(list) == 0 {
		return catalogue{}
	}
	routes := make([]route, len(list))
	for i := range list {
		routes[i] = newRoute(&list[i])
	}
	slices.SortStableFunc(routes, compareRoutes)
	if buckets == nil {
		buckets = make(map[string]*usage.Bucket)
	}
	c := catalogue{apis: make([]API, len(routes)), byName: make([]uint32, len(routes))}
	for i := range routes {
		c.apis[i] = routes[i].compile(buckets, t)
		c.byName[i] = uint32(i)
	}
	slices.SortStableFunc(c.byName, func(x, y uint32) int {
		return cmp.Compare(c.apis[x].name, c.apis[y].name)
	})
	c.router = newRouter(routes, t)
	return c
}

// find returns the API that a request names, by name or by method and path, or
// nil. With an ambiguous path it is nil, whatever else the request holds.
func (c *catalogue) find(r *Request) *API {
	switch {
	case r.PathAmbiguous:
		return nil
	case r.API != "":
		return c.named(r.API)
	}
	i := c.router.match(c.apis, r.Method, r.Path)
	if i < 0 {
		return nil
	}
	return &c.apis[i]
}

func (c *catalogue) named(name string) *API {
	lo, hi := 0, len(c.byName)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c.apis[c.byName[mid]].name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(c.byName) && c.apis[c.byName[lo]].name == name {
		return &c.apis[c.byName[lo]]
	}
	return nil
}

// buckets returns the buckets in use, by group.
func (c *catalogue) buckets() map[string]*usage.Bucket {
	m := make(map[string]*usage.Bucket)
	for i := range c.apis {
		a := &c.apis[i]
		if a.bucket != nil {
			m[rateGroup(a.method, a.path)] = a.bucket
		}
	}
	return m
}

// rateGroup returns the name of an API's counter: the versions of one path share
// one, its methods do not.
func rateGroup(method, path string) string {
	p, err := models.ParsePattern(path)
	if err != nil {
		return method + " ?" + path // found by name only, so it has its own
	}
	return method + " " + p.RateGroup()
}

// route is an API with its parsed path, while a catalogue is compiled.
type route struct {
	api      *models.API
	segments []models.Segment // empty when the path cannot be read
}

func newRoute(a *models.API) route {
	p, err := models.ParsePattern(a.Path)
	if err != nil {
		return route{api: a}
	}
	return route{api: a, segments: p.Segments()}
}

// compareRoutes orders by path: shorter before longer, parameters before
// literals, whatever the parameters' names.
func compareRoutes(x, y route) int {
	return slices.CompareFunc(x.segments, y.segments, func(s, t models.Segment) int {
		switch {
		case s.Param != "" && t.Param != "":
			return 0
		case s.Param != "":
			return -1
		case t.Param != "":
			return 1
		}
		return cmp.Compare(s.Literal, t.Literal)
	})
}

func (r *route) compile(buckets map[string]*usage.Bucket, t texts) API {
	m := r.api
	a := API{
		id:         m.ID,
		name:       t.one(m.Name),
		method:     t.one(m.Method),
		path:       t.one(m.Path),
		appBound:   m.AppBound,
		appField:   t.one(m.AppField),
		appSource:  models.AppSource(t.one(string(m.AppSource))),
		appSegment: -1,
	}
	for i, s := range r.segments {
		if s.Param != "" && s.Param == m.AppField {
			a.appSegment = int16(i)
		}
	}
	if m.RatePerSecond > 0 {
		a.perSecond = int32(min(m.RatePerSecond, math.MaxInt32)) //nolint:gosec // bounded on the spot
		group := rateGroup(m.Method, m.Path)
		if buckets[group] == nil {
			buckets[group] = &usage.Bucket{}
		}
		a.bucket = buckets[group]
	}
	return a
}
