package models

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseAccounts(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rows, bad := ParseAccounts("\ufeffKind, name ,created,MASTER\r\nmaster,\"North, Ltd\",2023-06-05,\r\n\r\nmaster,South,2023-06-06,\r\nSub-Account,Branch,,\" North, Ltd\"\r\nsub,Branch,2020-01-01 10:00:00,South\r\nmaster,New,2026-02-28T10:00:00Z\r\n", now)
	if len(bad) > 0 {
		t.Fatalf("refused: %v", bad[0].Err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d %s %s<%s %d", r.Line, r.Kind, r.Name, r.Master, len(r.StartChannels())))
	}
	want := "2 master North, Ltd< 4; 4 master South< 0; 5 sub Branch<North, Ltd 0; 6 sub Branch<South 0; 7 master New< 0"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("read %s", s)
	}
	names := ""
	for _, c := range rows[0].StartChannels() {
		names += StartKeyName(c) + ";"
	}
	if names != "FTP;HTTP;Email;Web Service;" {
		t.Errorf("begins with %s", names)
	}
}

// Every wrong line is reported with its number, and none hides another.
func TestParseAccountsReportsLines(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"", "1 empty"},
		{"\ufeff", "1 empty"},
		{"name,kind\n", "1 empty"},
		{"name,colour,kind,name\nA,x,master,B\n", "1 column; 1 column_twice"},
		{"created,master\n", "1 column_missing; 1 column_missing"},
		{"name,kind\nA,boss\nB,master\n,master\nC,\n", "2 kind; 4 required; 5 kind"},
		{"name,kind,master\nA,master,B\nC,sub,\n", "2 master_of_master; 3 no_master"},
		{"name,kind,master,created\nA,master,,yesterday\nB,master,,2026-03-02\nC,master,,1066-01-01\nD,master,,06/05/2023\n", "2 date; 3 date_range; 4 date_range; 5 date"},
		{"name,kind\nA,master\na ,Master\n", "3 twice"},
		{"name,kind,master\nS,sub,A\nT,sub,A\nS,sub,a\nS,sub,B\n", "4 twice"},
		{"name,kind\nA,master,,\nB,master\n", "2 fields"},
		{"name,kind\nA \"x\",master\nB,boss\n", "2 quotes; 3 kind"},
		{"name,kind\nA,master\n\"B,master\nC,boss\n", "3 quotes"},
		{"name,kind\n" + strings.Repeat("x", 101) + ",master\nA\u202e,master\n", "2 too_long; 3 control"},
		{"name,kind\n\"two\nlines\",master\nB,boss\n", "2 control; 4 kind"},
	} {
		_, bad := ParseAccounts(c.text, now)
		var got []string
		for _, b := range bad {
			got = append(got, fmt.Sprintf("%d %s", b.Line, b.Err.Key[strings.LastIndex(b.Err.Key, ".")+1:]))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%q: %s, want %s", c.text, s, c.want)
		}
	}
	var many strings.Builder
	many.WriteString("name,kind\n")
	for i := range MaxImportRows + 5 {
		fmt.Fprintf(&many, "A %d,master\n", i)
	}
	rows, bad := ParseAccounts(many.String(), now)
	if len(rows) != MaxImportRows || len(bad) != 1 || bad[0].Line != MaxImportRows+2 || bad[0].Err.Key != "errors.import.too_many" {
		t.Errorf("%d rows, refused %v", len(rows), bad)
	}
}
