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

// hanging is a provider that takes each question and answers when the test says
// how.
type hanging struct {
	*httptest.Server
	asked  chan struct{} // gets one for each question
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

// While the provider hangs, all who sign in share one question, and each waits
// only as long as their own request lasts.
func TestSignInsShareOneQuestion(t *testing.T) {
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
		t.Errorf("it waited for another: %v", err)
	default:
	}

	giveUp()
	if err := <-gone; !errors.Is(err, sso.ErrUnavailable) {
		t.Errorf("who asked first gave up: %v", err)
	}
	h.answer <- http.StatusOK
	waiting.Wait()
	for range cap(patient) {
		if err := <-patient; err != nil {
			t.Errorf("the question ended with whoever asked first: %v", err)
		}
	}
	if n := len(h.asked); n != 0 {
		t.Errorf("the provider was asked %d times more", n)
	}
}

// A provider that failed is left alone for a few seconds, and then asked again,
// also by a clock that was set back.
func TestAFailureIsRemembered(t *testing.T) {
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
			t.Errorf("%d more questions", n)
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
		t.Errorf("an answer is not kept: %v, %d questions", err, len(h.asked))
	}
}
