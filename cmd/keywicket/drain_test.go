package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A request whose body is still on its way when SIGTERM comes is answered. New connections are refused.
func TestSigtermLetsRequestsFinish(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	body := `{"key":"nothing"}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.gate, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/verify HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:5])
	// The server has read the head once it answers on another connection.
	r.eventually("the gate answers", func() bool { return status(r.gate+"/healthz") == http.StatusOK })
	time.Sleep(50 * time.Millisecond) // gives the first connection's head time to arrive; too little only makes the test easier
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.eventually("nothing new is taken", func() bool { return status(r.gate+"/healthz") == 0 && status(r.console+"/healthz") == 0 })
	fmt.Fprint(conn, body[5:])
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) || !bytes.Contains(answer, []byte(`"allowed":false`)) {
		t.Errorf("the request in flight got %q", answer)
	}
	r.wait()
	if r.err != nil {
		t.Errorf("ended with %v\n%s", r.err, r.log)
	}
}

// tally counts answers by their reason. It is safe for concurrent use.
type tally struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (c *tally) add(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[reason]++
}

func (c *tally) sum() (n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.counts {
		n += v
	}
	return n
}

// After SIGTERM in the middle of requests, the stored counts are exactly those of the answers, for every reason.
func TestUsageIsExactAfterSigterm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	values, _ := makeKeys(t, dir, 4)
	values = append(values, "kw_malformed")
	answered := &tally{counts: map[string]int64{}}
	r.eventually("the gate knows the keys", func() bool {
		reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[3])
		if err != nil {
			t.Fatal(err)
		}
		answered.add(reason)
		return reason == "allowed"
	})
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
			for n := 0; ; n++ {
				reason, err := verify(context.WithoutCancel(t.Context()), client, r.gate, values[n%len(values)])
				if err != nil {
					return // the server takes nothing more
				}
				answered.add(reason)
			}
		})
	}
	r.eventually("enough requests", func() bool { return answered.sum() > 1000 })
	r.stop()
	workers.Wait()

	stored := map[string]int64{}
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT reason, sum(count) FROM usage_days GROUP BY reason")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var reason string
		var n int64
		if err := rows.Scan(&reason, &n); err != nil {
			t.Fatal(err)
		}
		stored[reason] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answered.counts, stored); diff != "" {
		t.Errorf("answered (-) and stored (+) differ:\n%s", diff)
	}
	if stored["allowed"] == 0 || stored["key_malformed"] == 0 {
		t.Errorf("the requests were not of both kinds: %v", stored)
	}
}

// keepAlive asks the gate on one connection until the server announces its end. It returns the error of a connection
// that broke without that.
func keepAlive(gate, value string) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(gate, "http://"))
	if err != nil {
		return nil // nothing new is taken
	}
	defer conn.Close()
	body := fmt.Sprintf(`{"key":%q}`, value)
	answers := bufio.NewReader(conn)
	for n := 0; ; n++ {
		_, err := fmt.Fprintf(conn, "POST /v1/verify HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		var res *http.Response
		if err == nil {
			res, err = http.ReadResponse(answers, nil)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err != nil && n == 0 {
			return nil // it came when the door was already closing
		}
		if err != nil || res.Close {
			return err
		}
	}
}

// Callers that keep their connection learn that it will close. No connection closes under a request.
func TestSigtermBreaksNoConnectionInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	values, _ := makeKeys(t, dir, 1)
	var workers sync.WaitGroup
	broken := make([]error, 16)
	for i := range broken {
		workers.Go(func() { broken[i] = keepAlive(r.gate, values[0]) })
	}
	time.Sleep(200 * time.Millisecond) // lets them get going; too little only makes the test easier
	r.stop()
	workers.Wait()
	for _, err := range broken {
		if err != nil {
			t.Errorf("a connection in use broke: %v", err)
		}
	}
}
