package store

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"keywicket/models"
)

// A mark or a database that cannot be read, such as for want of a file, is no
// tampering: it could not be checked.
func TestAFaultIsNoTampering(t *testing.T) {
	var log bytes.Buffer
	s := openHere(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	mark := s.Path() + ".anchor"
	ctx := t.Context()
	record := func() {
		t.Helper()
		if err := s.RecordAudit(ctx, models.AuditRow{Event: models.EventUserSignIn}); err != nil {
			t.Fatal(err)
		}
	}
	record()
	_, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(mark, mark+".aside"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mark, 0o700); err != nil { // reading it is an error of the system
		t.Fatal(err)
	}
	if report, err := s.VerifyAudit(ctx); err == nil || report.Problem != "" {
		t.Errorf("the check of a mark that cannot be read: %+v, %v", report, err)
	}
	record()
	if got := log.String(); !strings.Contains(got, "could not be read") || strings.Contains(got, "audit verify") {
		t.Errorf("a mark that cannot be read: %s", got)
	}
	log.Reset()
	for _, err := range []error{os.Remove(mark), os.Rename(mark+".aside", mark)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pool, err := s.gdb.DB()
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	record() // behind two rows: the mark has to be compared, and cannot be
	if got := log.String(); !strings.Contains(got, "could not be compared") || strings.Contains(got, "audit verify") {
		t.Errorf("a database that does not answer: %s", got)
	}
	if report, err := s.VerifyAudit(ctx); err != nil || !report.OK {
		t.Errorf("afterwards: %+v, %v", report, err)
	}
}
