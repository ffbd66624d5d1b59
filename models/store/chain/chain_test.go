package chain_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store/chain"
)

// memory is an audit in memory.
type memory struct {
	rows []models.AuditRow
	head *chain.Head
}

func (m *memory) LastID() (int64, error) {
	var last int64
	for _, r := range m.rows {
		last = max(last, r.ID)
	}
	return last, nil
}

func (m *memory) Head() (chain.Head, bool, error) {
	if m.head == nil {
		return chain.Head{}, false, nil
	}
	return *m.head, true, nil
}

func (m *memory) Insert(rows []models.AuditRow) error {
	m.rows = append(m.rows, rows...)
	return nil
}

func (m *memory) SaveHead(h chain.Head) error {
	m.head = &h
	return nil
}

func (m *memory) Rows(after int64, n int) ([]models.AuditRow, error) {
	var found []models.AuditRow
	for _, r := range m.rows {
		if r.ID > after {
			found = append(found, r)
		}
	}
	return found[:min(n, len(found))], nil
}

func (m *memory) clone() *memory {
	h := *m.head
	return &memory{slices.Clone(m.rows), &h}
}

// fixture is a chain of two changes with three rows, on an audit in memory.
func fixture(t *testing.T) (*chain.Chain, *memory) {
	t.Helper()
	c := newChain(t, "key")
	head := chain.FirstHead([]byte("key"))
	m := &memory{head: &head}
	add(t, c, m, "one", "two")
	add(t, c, m, "three")
	return c, m
}

func newChain(t *testing.T, key string) *chain.Chain {
	t.Helper()
	c := chain.New([]byte(key), filepath.Join(t.TempDir(), "anchor"), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// add appends a row for each name, as one transaction, and moves the mark.
func add(t *testing.T, c *chain.Chain, m *memory, names ...string) {
	t.Helper()
	var rows []models.AuditRow
	for _, name := range names {
		rows = append(rows, models.AuditRow{
			At: time.UnixMicro(1), ActorName: "Ada", ActorEmail: "ada@example.com", Event: models.EventKeyCreate, TargetName: name,
		})
	}
	step, err := c.Append(t.Context(), m, rows)
	if err != nil {
		t.Fatal(err)
	}
	c.Advance(t.Context(), step, func(id int64) ([]byte, error) {
		for _, r := range m.rows {
			if r.ID == id {
				return r.Hash, nil
			}
		}
		return nil, nil
	})
}

func verify(t *testing.T, c *chain.Chain, m *memory) models.AuditReport {
	t.Helper()
	mark, err := c.Mark()
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Verify(m, mark)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestChainVerifies(t *testing.T) {
	c, m := fixture(t)
	if r := verify(t, c, m); !r.OK || r.Rows != 3 {
		t.Errorf("%+v", r)
	}
	if r := verify(t, newChain(t, "another key"), m); r.OK {
		t.Error("it verifies under another key")
	}
}

func TestChangesOfTheChainAreFound(t *testing.T) {
	for what, change := range map[string]func(*memory){
		"a field":         func(m *memory) { m.rows[1].TargetName = "other" },
		"an e-mail":       func(m *memory) { m.rows[1].ActorEmail = "" },
		"a field moved":   func(m *memory) { m.rows[1].TargetID, m.rows[1].TargetName = m.rows[1].TargetName, "" },
		"a row removed":   func(m *memory) { m.rows = slices.Delete(m.rows, 1, 2) },
		"rows swapped":    func(m *memory) { m.rows[0].ID, m.rows[1].ID = 2, 1; m.rows[0], m.rows[1] = m.rows[1], m.rows[0] },
		"the tail cut":    func(m *memory) { m.rows = m.rows[:2] },
		"the head's hash": func(m *memory) { m.head.Hash = m.rows[1].Hash },
		"the head's sum":  func(m *memory) { m.head.Count++ },
		"the head":        func(m *memory) { m.head = nil },
	} {
		c, m := fixture(t)
		change(m)
		if r := verify(t, c, m); r.OK || r.Problem == "" {
			t.Errorf("%s: not found: %+v", what, r)
		}
		add(t, c, m, "more") // the service goes on
		if r := verify(t, c, m); r.OK || r.Problem == "" {
			t.Errorf("%s: covered up by a later row: %+v", what, r)
		}
	}
}

// An earlier state verifies by itself. The mark shows that it is not the latest, and does not follow it.
func TestAnEarlierStateIsFound(t *testing.T) {
	c, m := fixture(t)
	earlier := m.clone()
	add(t, c, m, "four", "five")
	if r := verify(t, c, earlier); r.OK {
		t.Error("not found")
	}
	add(t, c, earlier, "another four", "another five", "another six")
	if r := verify(t, c, earlier); r.OK {
		t.Error("covered up by later rows")
	}
	if r := verify(t, c, m); !r.OK {
		t.Errorf("the latest state: %+v", r)
	}
}
