package ui

import (
	"time"

	"github.com/a-h/templ"
)

// Crumb is a step of the breadcrumbs. The last has no Href.
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

// EmptyParams describes an empty list.
type EmptyParams struct {
	Icon  string
	Title string
	Text  string
	Steps []string // what to do one after the other; nil for none
}

// SectionParams describes a part of a page that is saved on its own.
type SectionParams struct {
	ID          string // also the anchor, and the target of the form's answer
	Title       string
	Description string
	Action      string           // POST; "" for a section without a form
	Version     string           // of what the form was made from; "" for none
	Save        string           // "Save" by default; "-" for no button
	Attrs       templ.Attributes // of the form: hx-post, hx-target="#"+ID …
}

// PagerParams describes the position in a long list.
type PagerParams struct {
	Page, Pages int
	PerPage     int
	Total       int
	More        bool   // there are more than Total
	Older       string // with More, where they are
	Href        func(page int) string
	Attrs       templ.Attributes // of the links, for htmx: hx-target and hx-swap; hx-get is added
}

// from returns the number of the first entry on the page.
func (p PagerParams) from() int {
	if p.Total == 0 {
		return 0
	}
	return (p.Page-1)*p.PerPage + 1
}

// next returns the address of the next page, or "" on the last one.
func (p PagerParams) next() string {
	if p.Page < p.Pages {
		return p.Href(p.Page + 1)
	}
	return p.Older
}

// total returns the number of entries in words.
func (p PagerParams) total() string {
	if p.More {
		return Number(p.Total) + "+"
	}
	return Number(p.Total)
}

// until returns the number of the last entry on the page.
func (p PagerParams) until() int { return min(p.Page*p.PerPage, p.Total) }

// TimeStyle is how Time writes a time.
type TimeStyle string

// Relative writes "4 minutes ago" with the absolute time as its title. Absolute
// and Date write in the reader's zone. Without script, all write UTC.
const (
	Relative TimeStyle = "relative"
	Absolute TimeStyle = "absolute"
	Date     TimeStyle = "date"
)

// stamp returns the text for readers without script.
func stamp(t time.Time, style TimeStyle) string {
	if style == Date {
		return t.UTC().Format("2006-01-02")
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

// SecretParams describes a value that is hidden until the reader asks for it.
type SecretParams struct {
	ID       string // of the element; the reveal form's answer replaces it
	Name     string // of the thing, for the buttons: "Show {Name}"
	Masked   string // "kw_8fQ2••••x9Tz"
	Value    string // only in the answer to a reveal
	Action   string // POST: answers this component with Value (htmx), or a page that shows it; with Accept: text/plain the bare value, for Copy
	HideHref string // the page without the value
	CanShow  bool   // false for a value that is not kept: no buttons
}

// StatParams describes one figure of a SummaryStrip.
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

// Meter is the used part of a maximum.
type Meter struct {
	Value, Max int
}

// width returns the width of the bar in percent.
func (m Meter) width() string {
	if m.Max <= 0 || m.Value <= 0 {
		return "0%"
	}
	// A value just above zero is still visible.
	percent := max(m.Value*1000/m.Max, 10)
	percent = min(percent, 1000)
	return itoa(percent/10) + "." + itoa(percent%10) + "%"
}

// tone returns the CSS class for how full the meter is.
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
