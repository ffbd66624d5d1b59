package turns

import (
	"net/netip"
	"slices"
)

// lane is a queue in which networks take turns. The zero value is empty.
type lane struct {
	order   []netip.Prefix // networks in turn order
	waiters map[netip.Prefix][]*waiter
}

func (l *lane) empty() bool { return len(l.order) == 0 }

func (l *lane) add(network netip.Prefix, w *waiter) {
	if l.waiters == nil {
		l.waiters = map[netip.Prefix][]*waiter{}
	}
	if len(l.waiters[network]) == 0 {
		l.order = append(l.order, network)
	}
	l.waiters[network] = append(l.waiters[network], w)
}

// first removes and returns the first waiter of the network whose turn it is. That network then goes to the end.
func (l *lane) first() *waiter {
	network := l.order[0]
	w := l.waiters[network][0]
	l.order = l.order[1:]
	if l.keep(network, l.waiters[network][1:]) {
		l.order = append(l.order, network)
	}
	return w
}

// last removes and returns the newest waiter of a network.
func (l *lane) last(network netip.Prefix) *waiter {
	all := l.waiters[network]
	w := all[len(all)-1]
	l.remove(network, w)
	return w
}

// remove removes a waiter, and reports whether it was there.
func (l *lane) remove(network netip.Prefix, w *waiter) bool {
	i := slices.Index(l.waiters[network], w)
	if i < 0 {
		return false
	}
	if !l.keep(network, slices.Delete(l.waiters[network], i, i+1)) {
		l.order = slices.DeleteFunc(l.order, func(p netip.Prefix) bool { return p == network })
	}
	return true
}

// keep sets the waiters of a network and reports whether there are any.
func (l *lane) keep(network netip.Prefix, waiters []*waiter) bool {
	if len(waiters) == 0 {
		delete(l.waiters, network)
		return false
	}
	l.waiters[network] = waiters
	return true
}

// fullest returns the network with the most waiters, and their number.
func (l *lane) fullest() (network netip.Prefix, n int) {
	for p, waiters := range l.waiters {
		if len(waiters) > n {
			network, n = p, len(waiters)
		}
	}
	return network, n
}
