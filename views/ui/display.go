package ui

import (
	"time"

	"github.com/a-h/templ"
)

// Crumb is a step of the way to a page. The last has no Href.
type Crumb struct {
	Label string
	Href  string
}

// Segment is a link of a segmented filter.
type Segment struct {
	Label   string
	Href    string
	Current bool
	Count   int // shown when ShowCount
	Show    bool
}

// EmptyParams describe a list that has nothing to show.
type EmptyParams struct {
	Icon  string
	Title string
	Text  string
	Steps []string // what to do one after the other; nil for none
}

// SectionParams describe a part of a page that is saved by itself.
type SectionParams struct {
	ID          string // also the anchor, and the target of the form's answer
	Title       string
	Description string
	Action      string           // POST; "" for a section without a form
	Version     string           // of what the form was made from; "" for none
	Save        string           // "Save" by default; "-" for no button
	Attrs       templ.Attributes // of the form: hx-post, hx-target="#"+ID …
}

// PagerParams describe where in a long list the page is.
type PagerParams struct {
	Page, Pages int
	PerPage     int
	Total       int
	More        bool   // there are more than Total
	Older       string // with More, where they are
	Href        func(page int) string
	Attrs       templ.Attributes // of the links, for htmx: hx-target and hx-swap; hx-get is added
}

func (p PagerParams) from() int {
	if p.Total == 0 {
		return 0
	}
	return (p.Page-1)*p.PerPage + 1
}

// next is the address of what follows, "" behind the last page.
func (p PagerParams) next() string {
	if p.Page < p.Pages {
		return p.Href(p.Page + 1)
	}
	return p.Older
}

// total is how many there are, in words.
func (p PagerParams) total() string {
	if p.More {
		return Number(p.Total) + "+"
	}
	return Number(p.Total)
}

func (p PagerParams) until() int { return min(p.Page*p.PerPage, p.Total) }

// TimeStyle is how a Time is written.
type TimeStyle string

// Relative says "4 minutes ago" and has the absolute time as its title;
// Absolute and Date say it in the reader's zone. Without script all say UTC.
const (
	Relative TimeStyle = "relative"
	Absolute TimeStyle = "absolute"
	Date     TimeStyle = "date"
)

// stamp is what a reader without script sees.
func stamp(t time.Time, style TimeStyle) string {
	if style == Date {
		return t.UTC().Format("2006-01-02")
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

// SecretParams describe a value that is hidden until the eye is pressed.
type SecretParams struct {
	ID       string // of the element; the reveal form's answer replaces it
	Name     string // of the thing, for the buttons: "Show {Name}"
	Masked   string // "kw_8fQ2••••x9Tz"
	Value    string // only in the answer to a reveal
	Action   string // POST: answers this component with Value (htmx), or a page that shows it; with Accept: text/plain the bare value, for Copy
	HideHref string // the page without the value
	CanShow  bool   // false for a value that is not kept: no buttons
}

// StatParams are one figure of a SummaryStrip.
type StatParams struct {
	Label   string
	Value   string
	Note    string // beside the figure
	Href    string // what the figure counts
	Tone    Tone   // of the figure
	Meter   *Meter // a bar below; nil for none
	Spark   []int  // a line below; nil for none
	Refused bool   // the line counts what was refused
	Current bool   // the list below shows just these
}

// Meter is how much of a maximum is used.
type Meter struct {
	Value, Max int
}

func (m Meter) width() string {
	if m.Max <= 0 || m.Value <= 0 {
		return "0%"
	}
	// One that is barely there still shows.
	percent := max(m.Value*1000/m.Max, 10)
	percent = min(percent, 1000)
	return itoa(percent/10) + "." + itoa(percent%10) + "%"
}

func (m Meter) tone() string {
	switch {
	case m.Max > 0 && m.Value >= m.Max:
		return "bad"
	case m.Max > 0 && m.Value*10 >= m.Max*9:
		return "warn"
	default:
		return "ok"
	}
}
