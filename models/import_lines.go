package models

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// ParseAccounts parses a file of accounts: comma-separated values whose first line names the columns name, kind, master
// and created, in any order. master and created are optional. Every invalid line is reported with its number. Do not
// import a file that has one.
func ParseAccounts(text string, now time.Time) ([]NewAccount, []LineError) {
	p := accountReader{now: now, seen: map[string]int{}}
	p.csv = csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	p.csv.FieldsPerRecord = -1
	head, err := p.csv.Read()
	if err != nil {
		return nil, []LineError{{1, Refuse(CodeInvalid, "file", "errors.import.empty")}}
	}
	if bad := p.columns(head); len(bad) > 0 {
		return nil, bad
	}
	p.read()
	slices.SortStableFunc(p.bad, func(x, y LineError) int { return x.Line - y.Line })
	if len(p.rows)+len(p.bad) == 0 {
		p.refuse(1, Refuse(CodeInvalid, "file", "errors.import.empty"))
	}
	return p.rows, p.bad
}

// accountReader parses a file of accounts.
type accountReader struct {
	csv  *csv.Reader
	now  time.Time
	at   map[string]int // index of each column
	rows []NewAccount
	bad  []LineError
	seen map[string]int // lines by Key
}

func (p *accountReader) refuse(line int, err *Error) { p.bad = append(p.bad, LineError{line, err}) }

// columns parses the first line.
func (p *accountReader) columns(head []string) (bad []LineError) {
	p.at = map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := p.at[name]
		switch {
		case !slices.Contains([]string{"name", "kind", "master", "created"}, name):
			bad = append(bad, LineError{1, Refuse(CodeInvalid, "file", "errors.import.column", "Name", clip(name, 40))})
		case twice:
			bad = append(bad, LineError{1, Refuse(CodeInvalid, "file", "errors.import.column_twice", "Name", name)})
		}
		p.at[name] = i
	}
	for _, name := range []string{"name", "kind"} {
		if _, ok := p.at[name]; !ok {
			bad = append(bad, LineError{1, Refuse(CodeInvalid, "file", "errors.import.column_missing", "Name", name)})
		}
	}
	return bad
}

// read parses the lines below the first.
func (p *accountReader) read() {
	for n := 0; ; {
		record, err := p.csv.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			p.refuse(wrong.StartLine, Refuse(CodeInvalid, "file", "errors.import.quotes"))
			continue
		}
		line, _ := p.csv.FieldPos(0)
		if len(record) == 1 && strings.TrimSpace(record[0]) == "" {
			continue
		}
		if n++; n > MaxImportRows {
			p.refuse(line, Refuse(CodeInvalid, "file", "errors.import.too_many", "Max", MaxImportRows))
			return
		}
		p.row(line, record)
	}
}

// row parses one line, and reports every error in it.
func (p *accountReader) row(line int, record []string) {
	before := len(p.bad)
	if len(record) > len(p.at) {
		p.refuse(line, Refuse(CodeInvalid, "file", "errors.import.fields", "Count", len(record), "Max", len(p.at)))
	}
	n := NewAccount{Line: line, Master: p.field(record, "master")}
	var err error
	if n.Name, err = CleanName("name", p.field(record, "name"), true); err != nil {
		p.refuse(line, asError(err))
	}
	if n.Created, err = p.created(p.field(record, "created")); err != nil {
		p.refuse(line, asError(err))
	}
	switch kind := strings.ToLower(p.field(record, "kind")); kind {
	case "master":
		n.Kind = KindMaster
		if n.Master != "" {
			p.refuse(line, Refuse(CodeInvalid, "master", "errors.import.master_of_master"))
		}
	case "sub", "sub-account":
		n.Kind = KindSubaccount
		if n.Master == "" {
			p.refuse(line, Refuse(CodeInvalid, "master", "errors.import.no_master"))
		}
	default:
		p.refuse(line, Refuse(CodeInvalid, "kind", "errors.import.kind", "Kind", clip(kind, 40)))
	}
	if len(p.bad) > before {
		return
	}
	p.add(n)
}

// field returns a field of a line, "" if the line or the file lacks it.
func (p *accountReader) field(record []string, column string) string {
	if i, ok := p.at[column]; ok && i < len(record) {
		return strings.TrimSpace(record[i])
	}
	return ""
}

// add adds the account, or reports one that the file already has. Masters are compared by name, sub-accounts by name
// within a master.
func (p *accountReader) add(n NewAccount) {
	key := n.Key()
	if first, twice := p.seen[key]; twice {
		p.refuse(n.Line, Refuse(CodeConflict, "name", "errors.import.twice", "Name", n.Name, "Line", first))
		return
	}
	p.seen[key] = n.Line
	p.rows = append(p.rows, n)
}

// created parses a date, or a date with a time.
func (p *accountReader) created(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.DateTime, time.RFC3339, "2006/01/02"} {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		if t.After(p.now) || t.Year() < 1970 {
			return t, Refuse(CodeInvalid, "created", "errors.import.date_range")
		}
		return t.UTC(), nil
	}
	return time.Time{}, Refuse(CodeInvalid, "created", "errors.import.date", "Date", clip(s, 40))
}
