package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// nameHands is how many hands want the same user name in each process.
const nameHands = 8

// namesRound lets all hands want the user name of the round at once: some for
// a new key, some for their own, while the key that has "held" lets go of it
// with an overlap and others want that one. base tells round and process.
func namesRound(ctx context.Context, s *store.Store, job childJob, base int) []string {
	round, process := base/2, base%2
	wanted := fmt.Sprint("Wanted.", round)
	var wg sync.WaitGroup
	start := make(chan struct{})
	said := make([]string, nameHands)
	for i := range nameHands {
		wg.Go(func() {
			<-start
			err := wantName(ctx, s, job, i, process, wanted)
			if err != nil && models.CodeOf(err) != models.CodeInvalid {
				said[i] = err.Error()
			}
		})
	}
	close(start)
	wg.Wait()
	var bad []string
	for _, e := range said {
		if e != "" {
			bad = append(bad, e)
		}
	}
	return bad
}

func wantName(ctx context.Context, s *store.Store, job childJob, hand, process int, wanted string) error {
	if hand%2 == 0 {
		wanted = strings.ToUpper(wanted)
	}
	own := job.Sids[process*nameHands+hand]
	ask := chosenKey(models.ChannelFTP, wanted)
	var err error
	switch {
	case hand == 0 && process == 0:
		_, err = s.ChangeCredentials(ctx, job.Who, job.Sid, models.NewCredential{Kind: models.CredentialPair}, time.Hour)
	case hand == 1:
		_, _, err = s.MakeKey(ctx, job.Who, chosenKey(models.ChannelFTP, "HELD"), "")
	case hand%3 == 0:
		_, _, err = s.MakeKey(ctx, job.Who, ask, "")
	default:
		_, err = s.ChangeCredentials(ctx, job.Who, own, ask.Credential, 0)
	}
	return err
}

// namesRace runs rounds with two processes on one file until two keys have one
// user name, or somebody meets an error, and says what it was.
func namesRace(t *testing.T, rounds int, txlock string) string {
	t.Helper()
	s := storetest.Open(t, store.Beginning(storetest.Options(t), txlock))
	s.HashQuickly()
	w := storetest.Seed(t, s)
	db := storetest.DB(t, s)
	job := childJob{Kind: "names", Who: w.Who, Txlock: txlock}
	holder, _ := makeKey(t, s, w.Who, chosenKey(models.ChannelFTP, "held"))
	job.Sid = holder.Sid
	for range 2 * nameHands {
		k, _ := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
		job.Sids = append(job.Sids, k.Sid)
	}
	c := startChild(t, s, job)
	defer func() { _ = c.in.Close(); _ = c.cmd.Wait() }()
	if !c.out.Scan() {
		t.Fatal("the child did not start")
	}
	for round := range rounds {
		if _, err := fmt.Fprintln(c.in, strconv.Itoa(round*2+1)); err != nil {
			t.Fatal(err)
		}
		bad := namesRound(t.Context(), s, job, round*2)
		if !c.out.Scan() {
			t.Fatal("the child ended")
		}
		var childBad []string
		if err := json.Unmarshal(c.out.Bytes(), &childBad); err != nil {
			t.Fatal(err)
		}
		if all := append(bad, childBad...); len(all) > 0 {
			return fmt.Sprintf("round %d: %s", round, strings.Join(all, "; "))
		}
		const have = `SELECT count(*) FROM (SELECT username FROM keys UNION ALL SELECT username FROM previous_credentials) WHERE lower(username) = ?`
		wanted, held := count(t, db, have, fmt.Sprint("wanted.", round)), count(t, db, have, "held")
		if wanted != 1 || held != 1 {
			return fmt.Sprintf("round %d: %d have the wanted user name, %d the held one", round, wanted, held)
		}
		run(t, db, "DELETE FROM keys WHERE id > ?", holder.ID+2*nameHands)
		run(t, db, "DELETE FROM previous_credentials")
		run(t, db, "UPDATE keys SET username = 'held' WHERE id = ?", holder.ID)
	}
	return ""
}

// Two processes and 16 hands at once never give one user name to two keys,
// neither as the present one nor as an old one.
func TestUsernamesHoldUnderConcurrency(t *testing.T) {
	rounds := raceRounds
	if testing.Short() {
		rounds = 20
	}
	if bad := namesRace(t, rounds, ""); bad != "" {
		t.Error(bad)
	}
}

// The test above proves something only if it notices transactions that take
// their lock too late.
func TestUsernamesTestNoticesDeferredTransactions(t *testing.T) {
	if bad := namesRace(t, 100, "deferred"); bad == "" {
		t.Error("100 rounds with deferred transactions went unnoticed")
	} else {
		t.Log(bad)
	}
}
