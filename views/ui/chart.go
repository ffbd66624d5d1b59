package ui

import (
	"strconv"
	"strings"
)

// ChartParams describes a bar for each day, stacked from one part per series.
type ChartParams struct {
	Label  string   // text alternative
	Series []Series // in the order of the parts, bottom first
	Days   []ChartDay
}

// Series is one colour of a chart.
type Series struct {
	Name string
	Tone Tone // OK for allowed requests; others take the colours of denials in order
}

// ChartDay is one bar.
type ChartDay struct {
	Day   string // "2026-11-20"
	Parts []int
}

// total returns the height of the bar.
func (d ChartDay) total() int {
	n := 0
	for _, p := range d.Parts {
		n += p
	}
	return n
}

// empty reports whether all bars are empty.
func (p ChartParams) empty() bool {
	for _, d := range p.Days {
		if d.total() > 0 {
			return false
		}
	}
	return true
}

// sum returns the total of a series.
func (p ChartParams) sum(series int) int {
	n := 0
	for _, d := range p.Days {
		if series < len(d.Parts) {
			n += d.Parts[series]
		}
	}
	return n
}

// class returns the CSS class of a series: the accent for allowed requests, and
// other colours in order for denials.
func (p ChartParams) class(series int) string {
	if p.Series[series].Tone == OK {
		return "s-ok"
	}
	denied := 0
	for i := 0; i < series; i++ {
		if p.Series[i].Tone != OK {
			denied++
		}
	}
	return "s-" + itoa(denied%6)
}

// The chart is drawn in these units and scales with the page.
const (
	chartHeight = 120.0
	chartStep   = 20.0
	chartBar    = 14.0
)

// bar is one rectangle.
type bar struct {
	x, y, width, height string
	class               string
}

// column holds a day's rectangles and its title.
type column struct {
	title string
	bars  []bar
	x     string
}

// ceiling returns the round number at the top of the chart.
func (p ChartParams) ceiling() int {
	most := 1
	for _, d := range p.Days {
		most = max(most, d.total())
	}
	for unit := 1; ; unit *= 10 {
		for _, step := range []int{1, 2, 4, 5, 10} {
			if step*unit >= most {
				return step * unit
			}
		}
	}
}

// viewBox returns the viewBox of the chart.
func (p ChartParams) viewBox() string {
	return "0 0 " + dec(chartStep*float64(len(p.Days))) + " " + dec(chartHeight)
}

// columns returns the rectangles of all days.
func (p ChartParams) columns() []column {
	out := make([]column, 0, len(p.Days))
	scale := chartHeight / float64(p.ceiling())
	for i, d := range p.Days {
		left := chartStep*float64(i) + (chartStep-chartBar)/2
		c := column{title: p.title(d), x: dec(chartStep * float64(i))}
		top := chartHeight
		for s, n := range d.Parts {
			if n == 0 || s >= len(p.Series) {
				continue
			}
			// Anything above zero is tall enough to see.
			h := max(float64(n)*scale, 1.5)
			top -= h
			c.bars = append(c.bars, bar{x: dec(left), y: dec(max(top, 0)), width: dec(chartBar), height: dec(h), class: p.class(s)})
		}
		out = append(out, c)
	}
	return out
}

// title returns the words for a day.
func (p ChartParams) title(d ChartDay) string {
	parts := []string{d.Day}
	for s, n := range d.Parts {
		if n > 0 && s < len(p.Series) {
			parts = append(parts, p.Series[s].Name+" "+Number(n))
		}
	}
	return strings.Join(parts, "\n")
}

// Number returns n with a separator between groups of three digits: 184,302.
func Number(n int) string {
	s := itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// dec returns a coordinate with at most two decimals.
func dec(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
}

// sparkHeight is the height of a sparkline in its own units. Its width is one
// unit per value.
const sparkHeight = 24

// sparkBox returns the viewBox of a sparkline. The ends of the line are outside
// it, so that the area can be filled to the edge.
func sparkBox(values []int) string {
	return "0 0 " + itoa(max(len(values)-1, 1)) + " " + itoa(sparkHeight)
}

// sparkPoints returns the outline of the area below the values. Of equal
// neighbours, it contains only the first and the last.
func sparkPoints(values []int) string {
	most := 1
	for _, v := range values {
		most = max(most, v)
	}
	height := func(i int) int { return sparkHeight - 2 - max(values[i], 0)*(sparkHeight-4)/most }
	out := make([]byte, 0, 8*len(values)+32)
	point := func(x, y int) {
		out = strconv.AppendInt(append(out, ' '), int64(x), 10)
		out = strconv.AppendInt(append(out, ','), int64(y), 10)
	}
	last := len(values) - 1
	point(-1, sparkHeight+4)
	for i := range values {
		y := height(i)
		if i > 0 && i < last && height(i-1) == y && height(i+1) == y {
			continue
		}
		if i == 0 {
			point(-1, y)
		}
		point(i, y)
		if i == last {
			point(max(last, 1)+1, y)
		}
	}
	point(max(last, 1)+1, sparkHeight+4)
	return string(out[1:])
}

// part returns the words for a day's count in a series.
func (d ChartDay) part(series int) string {
	if series >= len(d.Parts) {
		return "0"
	}
	return Number(d.Parts[series])
}
