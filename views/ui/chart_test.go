package ui_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keywicket/views/ui"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"
)

// number returns an attribute as a number.
func number(t *testing.T, s *goquery.Selection, attr string) float64 {
	t.Helper()
	v, _ := s.Attr(attr)
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		t.Fatalf("%s=%q: %v", attr, v, err)
	}
	return f
}

func TestBarChartHasATableOfTheSame(t *testing.T) {
	p := ui.ChartParams{
		Label:  "Requests of 30 days",
		Series: []ui.Series{{Name: "allowed", Tone: ui.OK}, {Name: "ip_denied"}, {Name: "rate_limited"}},
		Days:   []ui.ChartDay{{Day: "2026-11-19", Parts: []int{1200, 3, 0}}, {Day: "2026-11-20", Parts: []int{900}}},
	}
	d := en(t, ui.BarChart(p))
	has(t, d, `svg[role=img][aria-label="Requests of 30 days"] g title`, 2)
	has(t, d, `rect.s-ok`, 2)
	has(t, d, `rect.s-0`, 1)
	has(t, d, `rect.s-1`, 0)
	has(t, d, `.legend li`, 3)
	has(t, d, `tbody tr`, 2)
	if got := d.Find("tbody tr").First().Find("td").Last().Text(); got != "1,203" {
		t.Errorf("total %q", got)
	}
	if got := d.Find(".chart-top").Text(); got != "2,000" {
		t.Errorf("scale %q", got)
	}
	if got := en(t, ui.BarChart(ui.ChartParams{Days: []ui.ChartDay{{Day: "x", Parts: []int{0}}}})).Text(); !strings.Contains(got, "No requests") {
		t.Errorf("nothing to show: %q", got)
	}
}

// TestBarsStayInThePicture checks that no bar leaves the chart, whatever the
// figures.
func TestBarsStayInThePicture(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		days := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 2_000_000), 3, 3), 1, 31).Draw(r, "days")
		p := ui.ChartParams{Series: []ui.Series{{Name: "a", Tone: ui.OK}, {Name: "b"}, {Name: "c"}}}
		for _, parts := range days {
			p.Days = append(p.Days, ui.ChartDay{Day: "d", Parts: parts})
		}
		d := en(t, ui.BarChart(p))
		d.Find("svg rect:not(.hit)").Each(func(_ int, s *goquery.Selection) {
			x, y, w, h := number(t, s, "x"), number(t, s, "y"), number(t, s, "width"), number(t, s, "height")
			// Three minimal heights may be on top of a full bar.
			if y < 0 || y+h > 120+5 || x < 0 || x+w > float64(20*len(days)) {
				r.Fatalf("bar at %v,%v of %v×%v", x, y, w, h)
			}
		})
	})
}

func TestSparkline(t *testing.T) {
	for _, values := range [][]int{{0}, {5}, {0, 0, 0}, {1, 2, 3}, {9, 0, 9}, {0, 7, 7, 7, 7, 0, 3}, {1e9, 1}, {-4, 2}} {
		d := en(t, ui.Sparkline(values, "30 days"))
		svg := has(t, d, `svg.spark[role=img][aria-label="30 days"]`, 1)
		if want := fmt.Sprintf("0 0 %d 24", max(len(values)-1, 1)); svg.AttrOr("viewBox", "") != want {
			t.Errorf("%v: viewBox %q", values, svg.AttrOr("viewBox", ""))
		}
		// height returns the height of the line above a value.
		height := lineThrough(t, svg.Find("polyline").AttrOr("points", ""))
		top := max(1, slices.Max(values))
		for i, v := range values {
			want := 22 - float64(max(v, 0))*20/float64(top)
			if got := height(float64(i)); got < want-1 || got > want+1 {
				t.Errorf("%v: value %d is drawn at %v, wanted %v", values, i, got, want)
			}
		}
	}
}

// lineThrough parses a polyline whose x never decreases, and returns its y at
// an x.
func lineThrough(t *testing.T, points string) func(x float64) float64 {
	t.Helper()
	var xs, ys []float64
	for _, pair := range strings.Fields(points) {
		var x, y float64
		if _, err := fmt.Sscanf(pair, "%f,%f", &x, &y); err != nil || len(xs) > 0 && x < xs[len(xs)-1] {
			t.Fatalf("points %q", points)
		}
		xs, ys = append(xs, x), append(ys, y)
	}
	n := len(xs)
	if xs[0] >= 0 || ys[0] <= 24 || ys[n-1] <= 24 {
		t.Errorf("the area ends inside the picture: %q", points)
	}
	return func(x float64) float64 {
		for i := 2; i < n-1; i++ {
			if x <= xs[i] {
				return ys[i-1] + (ys[i]-ys[i-1])*(x-xs[i-1])/(xs[i]-xs[i-1])
			}
		}
		return ys[n-2]
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 184302: "184,302", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := ui.Number(n); got != want {
			t.Errorf("Number(%d) = %q", n, got)
		}
	}
}
