package engine

import (
	"keywicket/models"
	"keywicket/models/usage"
)

// checkKey judges what the key and its account are: account_suspended,
// key_disabled, key_expired and channel_denied.
func (d *Decision) checkKey(r *Request, now int64) {
	k := d.Key
	if !d.account.active {
		d.Failed.add(AccountSuspended)
	}
	if !k.has(flagEnabled) {
		d.Failed.add(KeyDisabled)
	}
	if k.expires <= now {
		d.Failed.add(KeyExpired)
	}
	if c := channelCode(r.Channel); c == noChannel || c != k.channel {
		d.Failed.add(ChannelDenied)
	}
}

// checkCaller judges where the request comes from: ip_denied and
// plugin_denied.
func (d *Decision) checkCaller(r *Request) {
	rules := d.Key.policy.whitelist()
	if len(rules) == 0 {
		return
	}
	if !whitelisted(rules, r.IP) {
		d.Failed.add(IPDenied)
	}
	if r.Plugin || r.PluginID != "" {
		d.Failed.add(PluginDenied)
	}
}

// checkAPI judges what is called: api_unknown and api_denied. A log-in that
// names no API is not among Some APIs.
func (d *Decision) checkAPI(r *Request) {
	k := d.Key
	if r.Login && r.API == "" {
		if k.has(flagSomeAPIs) {
			d.Failed.add(APIDenied)
		}
		return
	}
	d.API = d.account.catalogue.find(r)
	switch {
	case d.API == nil:
		if !d.account.passUnknown || k.has(flagSomeAPIs) || !r.isPath() {
			d.Failed.add(APIUnknown)
		}
	case k.has(flagSomeAPIs) && !k.policy.allowsAPI(d.API.id):
		d.Failed.add(APIDenied)
	}
}

// anyAPI reports whether the request stands for any API: a log-in in a channel whose
// requests are for APIs, such as a question about a token alone.
func (r *Request) anyAPI() bool {
	return r.Login && r.API == "" && r.Channel != models.ChannelFTP && r.Channel != models.ChannelEmail
}

// isPath reports whether the request is for a path that is clear enough to pass
// without being in the catalogue.
func (r *Request) isPath() bool {
	return r.API == "" && !r.PathAmbiguous && len(r.Path) > 0 && r.Path[0] == '/'
}

// checkApp judges which app is used: app_undetermined and app_denied. Of a
// call that is not in the catalogue nobody knows whether it is app-bound; an
// app that is named is judged all the same.
func (d *Decision) checkApp(r *Request) {
	switch {
	case d.API == nil:
		d.App = r.App
		if d.App == "" {
			if d.Key.has(flagSomeApps) && r.anyAPI() {
				d.Failed.add(AppUndetermined)
			}
			return
		}
	case !d.API.appBound:
		return
	default:
		app, ok := d.API.appOf(r)
		if !ok {
			d.Failed.add(AppUndetermined)
			return
		}
		d.App = app
	}
	if k := d.Key; k.has(flagSomeApps) && !k.policy.allowsApp(d.account.apps, d.App) {
		d.Failed.add(AppDenied)
	}
}

// appOf finds the app id of an app-bound call. Where the path names it, an
// app that the caller names must be the same: the upstream will act on the
// path.
func (a *API) appOf(r *Request) (string, bool) {
	if a.appSource == models.AppInPath && r.API == "" {
		app := segment(r.Path, int(a.appSegment))
		return app, app != "" && (r.App == "" || r.App == app)
	}
	if r.App != "" {
		return r.App, true
	}
	if r.AppLookup == nil || a.appSource == models.AppInPath || a.appSource == models.AppSourceNone {
		return "", false
	}
	app, ok := r.AppLookup.AppID(a.appSource, a.appField)
	return app, ok && app != ""
}

// quotas returns the rate limits of the key, of the call and of the account;
// those without a bucket limit nothing.
func (d *Decision) quotas() [3]quota {
	all := [3]quota{d.Key.limit(), {}, d.account.quota}
	if d.API != nil {
		all[1] = quota{d.API.bucket, d.API.rate()}
	}
	return all
}

// takeQuota judges rate_limited, and takes one request from every limit that
// applies, or from none of them. now is that of buckets, not of the calendar.
func (d *Decision) takeQuota(now int64, dry bool) {
	all := d.quotas()
	var taken [len(all)]usage.Taken
	for i, l := range all {
		if l.bucket == nil {
			continue
		}
		var state usage.State
		var ok bool
		if dry {
			state, ok = l.bucket.Peek(l.rate, now)
		} else {
			state, taken[i], ok = l.bucket.Take(l.rate, now)
		}
		if !ok {
			for _, t := range taken {
				t.GiveBack()
			}
			d.refuseQuota(all, now)
			return
		}
		if d.Rate.Limit == 0 || state.Remaining < d.Rate.Remaining {
			d.Rate = state
		}
	}
}

// refuseQuota reports the limit that takes longest to pass again.
func (d *Decision) refuseQuota(all [3]quota, now int64) {
	d.Failed.add(RateLimited)
	d.Rate = RateState{}
	for _, l := range all {
		if l.bucket == nil {
			continue
		}
		state, ok := l.bucket.Peek(l.rate, now)
		if !ok && state.RetryAfter > d.Rate.RetryAfter {
			d.Rate = state
		}
	}
}
