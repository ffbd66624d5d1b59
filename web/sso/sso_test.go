package sso_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keywicket/web/sso"
)

// hanging is a provider that accepts each request and answers when the test
// sends the status.
type hanging struct {
	*httptest.Server
	asked  chan struct{} // receives one value for each request
	answer chan int      // the status to answer with
	clock  atomic.Int64  // seconds
}

func newHanging(t *testing.T) (*hanging, *sso.Provider) {
	t.Helper()
	h := &hanging{asked: make(chan struct{}, 100), answer: make(chan int)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked <- struct{}{}
		select {
		case status := <-h.answer:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q}`, h.URL, h.URL+"/auth")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(h.Close)
	return h, sso.New(sso.Config{Issuer: h.URL, ClientID: "console", Client: h.Client(), Now: func() time.Time {
		return time.Unix(1_800_000_000+h.clock.Load(), 0)
	}})
}

func start(ctx context.Context, p *sso.Provider) error {
	_, err := p.Start(ctx, sso.NewFlow(), false)
	return err
}

// While the provider hangs, all sign-ins share one discovery, and each waits only
// as long as its own request lasts.
func TestSignInsShareOneDiscovery(t *testing.T) {
	h, p := newHanging(t)
	first, giveUp := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- start(first, p) }()
	<-h.asked

	patient := make(chan error, 12)
	var waiting sync.WaitGroup
	for range cap(patient) {
		waiting.Go(func() { patient <- start(t.Context(), p) })
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := start(over, p); !errors.Is(err, sso.ErrUnavailable) {
		t.Errorf("a request that is over: %v", err)
	}
	select {
	case err := <-gone:
		t.Errorf("it ended with another request: %v", err)
	default:
	}

	giveUp()
	if err := <-gone; !errors.Is(err, sso.ErrUnavailable) {
		t.Errorf("the first request gave up: %v", err)
	}
	h.answer <- http.StatusOK
	waiting.Wait()
	for range cap(patient) {
		if err := <-patient; err != nil {
			t.Errorf("the discovery ended with the first request: %v", err)
		}
	}
	if n := len(h.asked); n != 0 {
		t.Errorf("%d more requests to the provider", n)
	}
}

// A failed discovery is repeated after a few seconds and not before, also when
// the clock was set back.
func TestAFailedDiscoveryIsRepeatedLater(t *testing.T) {
	h, p := newHanging(t)
	fail := func(want int) {
		t.Helper()
		failed := make(chan error, 1)
		go func() { failed <- start(t.Context(), p) }()
		for range want {
			<-h.asked
			h.answer <- http.StatusInternalServerError
		}
		if err := <-failed; !errors.Is(err, sso.ErrUnavailable) {
			t.Fatalf("it failed with %v", err)
		}
		if n := len(h.asked); n != 0 {
			t.Errorf("%d more requests", n)
		}
	}
	fail(1)
	fail(0)
	h.clock.Add(4)
	fail(0)
	h.clock.Add(1)
	fail(1)
	h.clock.Add(-3600)
	fail(1)
	h.clock.Add(5)
	well := make(chan error, 1)
	go func() { well <- start(t.Context(), p) }()
	<-h.asked
	h.answer <- http.StatusOK
	if err := <-well; err != nil {
		t.Fatal(err)
	}
	if err := start(t.Context(), p); err != nil || len(h.asked) != 0 {
		t.Errorf("the endpoints are not kept: %v, %d requests", err, len(h.asked))
	}
}
