package ui_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// draw returns the component in a language as a document.
func draw(t *testing.T, lang string, c templ.Component, children ...templ.Component) *goquery.Document {
	t.Helper()
	b, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx := b.With(context.Background(), lang)
	if len(children) > 0 {
		ctx = templ.WithChildren(ctx, templ.Join(children...))
	}
	var out bytes.Buffer
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// en returns the component in English as a document.
func en(t *testing.T, c templ.Component, children ...templ.Component) *goquery.Document {
	t.Helper()
	return draw(t, i18n.English, c, children...)
}

// has checks that exactly n elements match, and returns them.
func has(t *testing.T, d *goquery.Document, selector string, n int) *goquery.Selection {
	t.Helper()
	found := d.Find(selector)
	if found.Length() != n {
		html, _ := d.Find("body").Html()
		t.Fatalf("%d of %q, want %d in\n%s", found.Length(), selector, n, html)
	}
	return found
}

const evil = `"><script>alert(1)</script>`

// TestTextsStayTexts checks that no component lets a text become markup, a
// script or a style.
func TestTextsStayTexts(t *testing.T) {
	now := time.Date(2026, 11, 20, 17, 40, 0, 0, time.UTC)
	for name, c := range map[string]templ.Component{
		"button":  ui.Button(ui.ButtonParams{Label: evil, Title: evil, Icon: evil, Name: evil, Value: evil, ID: evil}),
		"link":    ui.LinkButton(ui.ButtonParams{Label: evil, Href: "javascript:alert(1)", Dialog: evil}),
		"field":   ui.Field(ui.FieldParams{Name: evil, Label: evil, Value: evil, Hint: evil, Error: evil, Placeholder: evil}),
		"area":    ui.TextArea(ui.FieldParams{Name: "n", Label: evil, Value: "</textarea>" + evil}),
		"select":  ui.Select(ui.FieldParams{Name: "n", Label: evil, Options: []ui.Option{{Value: evil, Label: evil, Group: evil}}}),
		"radio":   ui.RadioCards(ui.RadioParams{Name: evil, Legend: evil, Cards: []ui.RadioCard{{Value: evil, Label: evil, Hint: evil}}, Error: evil}),
		"check":   ui.Checkbox(ui.CheckParams{Name: evil, Label: evil, Hint: evil}),
		"switch":  ui.Switch(ui.SwitchParams{Action: evil, Label: evil, Text: evil}),
		"note":    ui.Note(ui.Warn, evil),
		"secret":  ui.Secret(ui.SecretParams{ID: "s", Name: evil, Masked: evil, Value: evil, Action: evil, CanShow: true}),
		"dialog":  ui.Dialog(ui.DialogParams{ID: "d", Title: evil, Description: evil, Action: evil}),
		"confirm": ui.ConfirmDialog(ui.ConfirmParams{ID: "d", Title: evil, Text: evil, Label: evil, Fields: map[string]string{evil: evil}}),
		"toast":   ui.Toast(ui.Bad, evil),
		"row":     ui.RowName(evil, evil, evil),
		"picker":  ui.Picker(ui.PickerParams{ID: "p", Name: evil, Label: evil, Groups: []ui.PickerGroup{{Name: evil, Items: []ui.PickerItem{{Value: evil, Label: evil, Note: evil}}}}}),
		"chart":   ui.BarChart(ui.ChartParams{Label: evil, Series: []ui.Series{{Name: evil}}, Days: []ui.ChartDay{{Day: evil, Parts: []int{3}}}}),
		"crumbs":  ui.Breadcrumbs([]ui.Crumb{{Label: evil, Href: evil}, {Label: evil}}),
		"search":  ui.SearchField(ui.SearchParams{Action: evil, Value: evil, Keep: map[string]string{evil: evil}}),
		"time":    ui.Time(now, ui.Relative),
	} {
		t.Run(name, func(t *testing.T) {
			d := en(t, c)
			has(t, d, "script", 0)
			has(t, d, "[style]", 0)
			has(t, d, "style", 0)
			has(t, d, `[href^="javascript"]`, 0)
			d.Find("*").Each(func(_ int, s *goquery.Selection) {
				for _, a := range s.Nodes[0].Attr {
					if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
						t.Errorf("an event attribute: %s", a.Key)
					}
				}
			})
		})
	}
}

func TestButtons(t *testing.T) {
	b := has(t, en(t, ui.Button(ui.ButtonParams{Label: "Save", Name: "op", Value: "x", Action: "/y", Form: "f"})), "button", 1)
	for attr, want := range map[string]string{"type": "submit", "name": "op", "value": "x", "formaction": "/y", "form": "f"} {
		if got, _ := b.Attr(attr); got != want {
			t.Errorf("%s = %q, want %q", attr, got, want)
		}
	}
	has(t, en(t, ui.Button(ui.ButtonParams{Label: "x"})), "button:not([name]):not([value]):not([id])", 1)
	has(t, en(t, ui.IconButton(ui.ButtonParams{Label: "Remove", Icon: "x"})), `button[aria-label="Remove"] svg[aria-hidden="true"] use`, 1)
	has(t, en(t, ui.LinkButton(ui.ButtonParams{Label: "Add", Dialog: "add"})), `a[href="#add"][role=button][data-dialog=add]`, 1)
	has(t, en(t, ui.CopyButton(ui.CopyParams{Target: "v", Label: "Copy", Title: "Copy it"})), `button[type=button][data-copy=v][hidden]`, 1)
}

func TestFieldTellsItsError(t *testing.T) {
	d := en(t, ui.Field(ui.FieldParams{Name: "name", Label: "Name", Value: "typed", Error: "Too long.", Hint: "calm"}))
	in := has(t, d, `label[for=f-name] ~ input#f-name[name=name][value=typed][aria-invalid=true]`, 1)
	if by, _ := in.Attr("aria-describedby"); has(t, d, "#"+by, 1).Text() != "Too long." {
		t.Error("the field is not described by its error")
	}
	d = en(t, ui.Field(ui.FieldParams{Name: "name", Label: "Name", Hint: "calm", Max: 9}))
	has(t, d, `input[aria-describedby=f-name-hint][maxlength="9"]:not([aria-invalid])`, 1)
	d = en(t, ui.TextArea(ui.FieldParams{Name: "l", Label: "Lines", Value: "a\nb"}))
	if got := has(t, d, "textarea", 1).Text(); got != "a\nb" {
		t.Errorf("textarea %q", got)
	}
	d = en(t, ui.Select(ui.FieldParams{Name: "s", Label: "S", Value: "2", Options: []ui.Option{{Value: "1", Label: "one"}, {Value: "2", Label: "two", Group: "g"}, {Value: "3", Label: "three", Group: "g"}}}))
	has(t, d, `select > option`, 1)
	has(t, d, `optgroup[label=g] option`, 2)
	has(t, d, `option[selected][value="2"]`, 1)
}

func TestSwitchAsksForTheOpposite(t *testing.T) {
	d := en(t, ui.Switch(ui.SwitchParams{Action: "/s", On: true, Label: "Status", Text: "Enabled"}))
	has(t, d, `form[method=post][action="/s"] button[role=switch][aria-checked=true][aria-label=Status]`, 1)
	has(t, d, `input[name=enabled][value="0"]`, 1)
	has(t, d, ".badge.tone-ok", 1)
	d = en(t, ui.Switch(ui.SwitchParams{Action: "/s", Label: "Status", Name: "on"}))
	has(t, d, `button[aria-checked=false]`, 1)
	has(t, d, `input[name=on][value="1"]`, 1)
}

func TestChoices(t *testing.T) {
	d := en(t, ui.RadioCards(ui.RadioParams{Name: "mode", Legend: "Scope (App)", Value: "some", Cards: []ui.RadioCard{{Value: "all", Label: "All Apps"}, {Value: "some", Label: "Some Apps", Shows: "list"}}}))
	has(t, d, `fieldset legend`, 1)
	has(t, d, `input[type=radio][value=some][checked][data-shows=list]`, 1)
	d = en(t, ui.Checkbox(ui.CheckParams{Name: "p", Label: "Plugin", Checked: true, HideLabel: true}))
	has(t, d, `input[checked][value="1"][aria-label=Plugin]`, 1)
}

func TestSecretIsNotInThePageUntilShown(t *testing.T) {
	p := ui.SecretParams{ID: "s1", Name: "CRM", Masked: "kw_8fQ2••••x9Tz", Action: "/r", CanShow: true, HideHref: "/k"}
	d := en(t, ui.Secret(p))
	has(t, d, `#s1:not([data-shown])`, 1)
	has(t, d, `form[method=post][action="/r"][hx-target="#s1"] button[aria-label="Show CRM"]`, 1)
	has(t, d, `form[data-copy-from] button[aria-label="Copy CRM"]`, 1)
	has(t, d, `[data-hide]`, 0)
	p.Value = "kw_whole"
	d = en(t, ui.Secret(p))
	has(t, d, `#s1[data-shown][data-mask="kw_8fQ2••••x9Tz"]`, 1)
	has(t, d, `a[data-hide][href="/k"][aria-label="Hide CRM"]`, 1)
	if got := has(t, d, "code", 1).Text(); got != "kw_whole" {
		t.Errorf("shown: %q", got)
	}
	has(t, en(t, ui.Secret(ui.SecretParams{ID: "s", Masked: "kw_…"})), "button, form", 0)
	has(t, en(t, ui.NewSecret("n", "API Key", "kw_v")), `input[readonly][value=kw_v][aria-label="API Key"]`, 1)
	has(t, draw(t, i18n.Chinese, ui.Secret(p)), `[aria-label="隐藏CRM"]`, 1)
}

func TestTableIsATableForEverybody(t *testing.T) {
	cell := ui.Cell(ui.CellParams{Label: "Name", Class: "main"})
	row := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Row("r1", "/k/1", nil).Render(templ.WithChildren(ctx, cell), w)
	})
	d := en(t, ui.Table(ui.TableParams{ID: "t", Caption: "API Keys", Columns: []ui.Column{{Label: "Name", Sort: "?s", Order: "ascending"}, {Label: "Action", Hide: true}, {Check: true, Field: "sid"}}}), row)
	has(t, d, `table#t[role=table] caption`, 1)
	has(t, d, `th[role=columnheader][scope=col]`, 3)
	has(t, d, `th[aria-sort=ascending] a`, 1)
	has(t, d, `th input[data-select-all=sid][hidden]`, 1)
	has(t, d, `tr#r1[role=row][data-href="/k/1"] td[role=cell][data-label=Name].main`, 1)
	d = en(t, ui.BulkBar(ui.BulkParams{Form: "bulk", Field: "sid"}, "/b", nil), ui.Button(ui.ButtonParams{Label: "Enable", Name: "op", Value: "enable"}))
	has(t, d, `form#bulk[method=post][action="/b"][data-bulk=sid] button[name=op]`, 1)
	has(t, en(t, ui.SelectRow("bulk", "sid", "1", "Select CRM")), `input[form=bulk][name=sid][value="1"][aria-label="Select CRM"]`, 1)
}

func TestDialogs(t *testing.T) {
	p := ui.DialogParams{ID: "d", Title: "Add app", Description: "About", Action: "/a", Attrs: templ.Attributes{"hx-post": "/a"}, Submit: ui.ButtonParams{Label: "Add"}}
	d := en(t, ui.Dialog(p), ui.Field(ui.FieldParams{Name: "x", Label: "X"}))
	has(t, d, `dialog#d[aria-labelledby=d-title][aria-describedby=d-about]:not([data-show])`, 1)
	has(t, d, `form[method=post][action="/a"][hx-post="/a"] input[name=x]`, 1)
	has(t, d, `form button.btn-primary[type=submit]`, 1)
	if got := has(t, d, `a[role=button][data-close]`, 1).Text(); got != "Cancel" {
		t.Errorf("close says %q", got)
	}
	p.Page, p.CloseHref = true, "/back"
	d = en(t, ui.Dialog(p))
	has(t, d, `section#d h1`, 1)
	has(t, d, `form[action="/a"]:not([hx-post])`, 1)
	has(t, d, `a[href="/back"]`, 1)
	has(t, d, `dialog`, 0)
	d = en(t, ui.Dialog(ui.DialogParams{ID: "d", Title: "Made", Show: true, Once: true}))
	has(t, d, `dialog[data-show][data-once]`, 1)
	if got := has(t, d, `a[data-close]`, 1).Text(); got != "Close" {
		t.Errorf("close says %q", got)
	}
	d = en(t, ui.ConfirmDialog(ui.ConfirmParams{ID: "c", Title: "Delete “CRM”?", Action: "/x", Label: "Delete", Fields: map[string]string{"sid": "1", "none": ""}}))
	has(t, d, `form[action="/x"] input[type=hidden]`, 1)
	has(t, d, `button.btn-danger`, 1)
}

func TestMenuOpensWithoutScript(t *testing.T) {
	d := en(t, ui.Menu(ui.MenuParams{ID: "m", Label: "Action for CRM"}),
		ui.Item(ui.ItemParams{Label: "Details", Icon: "pencil", Href: "/d"}),
		ui.Item(ui.ItemParams{Label: "Copy", Icon: "copy", Action: "/c", Fields: map[string]string{"idempotency_key": "1"}}),
		ui.Separator(),
		ui.Item(ui.ItemParams{Label: "Delete", Icon: "trash-2", Danger: true, Dialog: "confirm"}),
		ui.Item(ui.ItemParams{Label: "Delete", Icon: "trash-2", Hint: "Disable it first"}))
	has(t, d, `button[popovertarget=m][aria-haspopup=menu][aria-label="Action for CRM"]`, 1)
	has(t, d, `#m[popover][role=menu] [role=menuitem]`, 4)
	has(t, d, `form[role=none][method=post][action="/c"] input[name=idempotency_key]`, 1)
	has(t, d, `a[role=menuitem][href="#confirm"][data-dialog=confirm]`, 1)
	has(t, d, `[aria-disabled=true] .hint`, 1)
}

func TestToastRidesOutOfBand(t *testing.T) {
	d := en(t, ui.Toast(ui.Neutral, "Saved"))
	has(t, d, `[hx-swap-oob="beforeend:#toasts"] > .toast[data-toast=ok] p`, 1)
	has(t, en(t, ui.Toasts()), `#toasts[popover=manual]`, 1)
	has(t, en(t, ui.Toasts()), `#live[role=status]`, 1)
}

func TestPicker(t *testing.T) {
	p := ui.PickerParams{ID: "p", Name: "api", Label: "API List", Groups: []ui.PickerGroup{
		{Name: "Data", Items: []ui.PickerItem{{Value: "1", Label: "data.list", Note: "POST /x", Checked: true}, {Value: "2", Label: "data.get"}}},
		{Name: "Form", Items: []ui.PickerItem{{Value: "3", Label: "form.get"}}},
	}}
	d := en(t, ui.Picker(p))
	has(t, d, `fieldset#p input[name=api]`, 3)
	has(t, d, `input[name=api][checked][value="1"]`, 1)
	has(t, d, `[data-family] [data-family-box][hidden]`, 2)
	if got := has(t, d, `[data-picker-count]`, 1).Text(); got != "1 of 3 selected" {
		t.Errorf("count %q", got)
	}
	if got := d.Find("[data-family-count]").First().Text(); got != "1 / 2" {
		t.Errorf("family count %q", got)
	}
	has(t, en(t, ui.Picker(ui.PickerParams{Label: "App List", Empty: "None yet"})), `.picker-empty`, 1)
}

func TestPagerSearchAndFilters(t *testing.T) {
	p := ui.PagerParams{Page: 2, Pages: 3, PerPage: 50, Total: 123, Href: func(n int) string { return "?page=" + string(rune('0'+n)) }}
	d := en(t, ui.Pager(p))
	has(t, d, `a[rel=prev][href="?page=1"]`, 1)
	has(t, d, `a[rel=next][href="?page=3"]`, 1)
	if got := d.Find("p").Text(); got != "51–100 of 123" {
		t.Errorf("range %q", got)
	}
	if got := en(t, ui.Pager(ui.PagerParams{Page: 1, Pages: 1, PerPage: 50})).Find("p").Text(); got != "0–0 of 0" {
		t.Errorf("empty range %q", got)
	}
	d = en(t, ui.SearchField(ui.SearchParams{Action: "/k", Value: "crm", ClearHref: "/k?filter=enabled", Keep: map[string]string{"filter": "enabled", "sort": ""}}))
	has(t, d, `form[role=search][method=get] input[type=search][name=q][value=crm][data-search]`, 1)
	has(t, d, `input[type=hidden][name=filter][value=enabled]`, 1)
	has(t, d, `input[name=sort]`, 0)
	if got := has(t, d, `a[role=button][href="/k?filter=enabled"]`, 1).Text(); got != "Clear" {
		t.Errorf("clear says %q", got)
	}
	has(t, en(t, ui.SearchField(ui.SearchParams{Action: "/k"})), `a`, 0)
	d = en(t, ui.Segmented("Status", []ui.Segment{{Label: "All", Href: "?", Current: true, Show: true, Count: 3}, {Label: "Enabled", Href: "?e"}}, nil))
	has(t, d, `nav[aria-label=Status] a[aria-current=page] .count`, 1)
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 20, 23, 40, 5, 0, time.FixedZone("", 8*3600))
	d := en(t, ui.Time(at, ui.Relative))
	if got := has(t, d, `time[datetime="2026-11-20T15:40:05Z"][data-time=relative]`, 1).Text(); got != "2026-11-20 15:40 UTC" {
		t.Errorf("without script: %q", got)
	}
	if got := en(t, ui.Time(at, ui.Date)).Text(); got != "2026-11-20" {
		t.Errorf("date: %q", got)
	}
	if got := en(t, ui.TimeOrNever(nil, ui.Relative)).Text(); got != "Never" {
		t.Errorf("never: %q", got)
	}
	has(t, en(t, ui.TimeOrNever(&at, ui.Absolute)), "time", 1)
}

func TestPagesParts(t *testing.T) {
	d := en(t, ui.Section(ui.SectionParams{ID: "basics", Title: "Basics", Description: "d", Action: "/s"}), ui.Field(ui.FieldParams{Name: "n", Label: "N"}))
	has(t, d, `section#basics[aria-labelledby=basics-title] form[method=post][action="/s"][data-unsaved] button[type=submit]`, 1)
	has(t, en(t, ui.Section(ui.SectionParams{ID: "x", Title: "X"})), `form`, 0)
	has(t, en(t, ui.Section(ui.SectionParams{ID: "x", Title: "X", Action: "/s", Save: "-"})), `button`, 0)
	has(t, en(t, ui.Alert(ui.Bad, "No.")), `[role=alert].tone-bad`, 1)
	has(t, en(t, ui.Note(ui.OK, "Yes.")), `.tone-ok`, 1)
	has(t, en(t, ui.Empty(ui.EmptyParams{Icon: "key-round", Title: "None", Text: "x"})), `h2`, 1)
	has(t, en(t, ui.Header("Title", "")), `h1`, 1)
	has(t, en(t, ui.Breadcrumbs([]ui.Crumb{{Label: "Acme", Href: "/a"}, {Label: "Keys"}})), `nav[aria-label] li [aria-current=page]`, 1)
	d = en(t, ui.Stat(ui.StatParams{Label: "Keys", Value: "9", Note: "of 500", Href: "?", Current: true, Meter: &ui.Meter{Value: 9, Max: 500}, Spark: []int{1, 2}}))
	has(t, d, `a[aria-current=page]`, 1)
	has(t, d, `svg.meter rect[width="1.8%"]`, 1)
	has(t, d, `svg.spark polyline`, 1)
	has(t, en(t, ui.Stat(ui.StatParams{Label: "x", Meter: &ui.Meter{Value: 600, Max: 500}})), `.meter-bad rect[width="100.0%"]`, 1)
	has(t, en(t, ui.Stat(ui.StatParams{Label: "x", Meter: &ui.Meter{}})), `rect[width="0%"]`, 1)
	has(t, en(t, ui.SummaryStrip("Summary")), `section[aria-label=Summary]`, 1)
	has(t, en(t, ui.Tag(ui.Info, "x")), `.tag.tone-info`, 1)
}
