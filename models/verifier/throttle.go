package verifier

import (
	"crypto/sha256"
	"time"

	"keywicket/models/engine"
	"keywicket/models/netaddr"
	"keywicket/models/recent"
	"keywicket/models/usage"
)

// How many wrong tries pass at once before each further one has to wait.
const (
	triesPerName    = 10  // of one user name from one address, in the window
	triesPerAddress = 100 // of one address, whatever the user name
	triesWindow     = 10 * time.Minute
	throttled       = 20_000 // names and addresses remembered
)

// throttle slows down guessing. It charges for a try before the secret is checked,
// so that many at once cannot slip through, and refunds a right one.
type throttle struct {
	names, addresses *recent.Map[[32]byte, *usage.Bucket]
	perName, perAddr usage.Rate
}

func newThrottle() throttle {
	return throttle{
		names: recent.New[[32]byte, *usage.Bucket](throttled), addresses: recent.New[[32]byte, *usage.Bucket](throttled),
		perName: usage.Rate{Requests: triesPerName, Window: triesWindow},
		perAddr: usage.Rate{Requests: triesPerAddress, Window: triesWindow},
	}
}

// charge is what a try was charged.
type charge struct {
	paid []usage.Taken
}

func (c charge) refund() {
	for _, p := range c.paid {
		p.GiveBack()
	}
}

type payment struct {
	bucket *usage.Bucket
	rate   usage.Rate
}

// charge takes a try from the user name's bucket and from the address's. Where one
// of them is empty, it takes from neither and returns how long to wait. An
// unknown address has no bucket, because it could be everybody's.
func (t throttle) charge(q engine.SecretCheck, now int64) (charge, time.Duration) {
	from := netaddr.Client(q.From)
	due := []payment{{t.names.GetOr(bucketID(string(q.Channel), q.Username, from.String()), newBucket), t.perName}}
	if from.IsValid() {
		due = append(due, payment{t.addresses.GetOr(bucketID(from.String()), newBucket), t.perAddr})
	}
	var c charge
	for _, p := range due {
		state, taken, ok := p.bucket.Take(p.rate, now)
		if !ok {
			c.refund()
			return charge{}, max(state.RetryAfter, time.Second)
		}
		c.paid = append(c.paid, taken)
	}
	return c, 0
}

func newBucket() *usage.Bucket { return &usage.Bucket{} }

func bucketID(parts ...string) [32]byte {
	var text []byte
	for _, p := range parts {
		text = append(append(text, p...), 0)
	}
	return sha256.Sum256(text)
}
