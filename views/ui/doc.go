// Package ui contains the components of pages. Each takes a params struct with
// translated texts. Every form works without script; htmx attributes are passed
// as Attrs.
//
//	@ui.Header(title, about) { @ui.Button(…) }
//	@ui.Button(ui.ButtonParams{Label: "Create API Key", Icon: "plus", Variant: ui.Primary})
//	@ui.LinkButton(ui.ButtonParams{Label: "Add app", Icon: "plus", Dialog: "add-app"})   opens the dialog of that id
//	@ui.IconButton(ui.ButtonParams{Label: "Remove 10.1.*.7", Icon: "x", Variant: ui.Ghost})
//	@ui.Field(ui.FieldParams{Name: "name", Label: "Name", Value: v, Hint: h, Error: e})
//	@ui.TextArea(ui.FieldParams{Name: "lines", Label: "Apps", Rows: 8, Mono: true})
//	@ui.Select(ui.FieldParams{Name: "expires", Label: "Expiry Date", Options: []ui.Option{{Value: "", Label: "Never"}}})
//	@ui.Checkbox(ui.CheckParams{Name: "plugin", Label: "The caller is a plugin"})
//	@ui.RadioCards(ui.RadioParams{Name: "mode", Legend: "Scope (App)", Value: "all", Cards: []ui.RadioCard{
//		{Value: "all", Label: "All Apps"}, {Value: "some", Label: "Some Apps", Shows: "app-picker"}}})
//	@ui.Picker(ui.PickerParams{ID: "app-picker", Name: "app", Label: "App List", Groups: groups})
//	@ui.Switch(ui.SwitchParams{Action: "…/status", On: k.Enabled, Label: "Status", Text: "Enabled",
//		Attrs: templ.Attributes{"hx-post": "…/status", "hx-target": "#row-1"}})              POSTs enabled=0 or 1
//	@ui.Tag(ui.Neutral, "All Apps"), @ui.Badge(ui.OK, "Enabled")
//	@ui.Note(ui.Warn, "…") { … }, @ui.Alert(ui.Bad, "…")
//	@ui.Section(ui.SectionParams{ID: "basics", Title: "Basics", Action: "…", Attrs: …}) { fields }
//	@ui.Table(ui.TableParams{Caption: "API Keys", Columns: cols}) {
//		@ui.Row("key-"+sid, href, nil) { @ui.Cell(ui.CellParams{Class: "main"}) { @ui.RowName(name, href, about) } … } }
//	@ui.SelectRow("bulk", "sid", k.Sid, "Select "+k.Name), @ui.BulkBar(ui.BulkParams{Form: "bulk", Field: "sid"}, action, nil) { buttons }
//	@ui.Secret(ui.SecretParams{ID: "secret-"+sid, Name: k.Name, Masked: m, Action: ".../reveal", CanShow: true})
//	@ui.NewSecret("new-key", "API Key", value)
//	@ui.Dialog(ui.DialogParams{ID: "add-app", Title: "Add app", Action: "…", Submit: ui.ButtonParams{Label: "Add"}}) { fields }
//	@ui.ConfirmDialog(ui.ConfirmParams{ID: "delete", Title: "Delete “CRM”?", Text: "…", Action: "…/delete", Label: "Delete"})
//	@ui.Menu(ui.MenuParams{ID: "m-1", Label: "Action for CRM"}) { @ui.Item(…) @ui.Separator() @ui.Item(…) }
//	@ui.Toast(ui.OK, "Saved")                                                               beside a fragment, for htmx
//	@ui.SummaryStrip("Summary") { @ui.Stat(ui.StatParams{Label: "Keys in use", Value: "9", Note: "of 500", Meter: &ui.Meter{Value: 9, Max: 500}}) }
//	@ui.Segmented("Filter", []ui.Segment{{Label: "All", Href: "?", Current: true}}, nil)
//	@ui.SearchField(ui.SearchParams{Action: "/a/acme/keys", Value: q, ClearHref: "/a/acme/keys", Keep: map[string]string{"filter": f}})
//	@ui.Pager(ui.PagerParams{Page: 1, Pages: 3, PerPage: 50, Total: 120, Href: func(n int) string { … }})
//	@ui.Empty(ui.EmptyParams{Icon: "key-round", Title: "No keys yet", Text: "…"}) { @ui.Button(…) }
//	@ui.Time(t, ui.Relative), @ui.TimeOrNever(k.LastUsedAt, ui.Relative)
//	@ui.Sparkline(values, "Requests of 30 days"), @ui.BarChart(ui.ChartParams{…})
//	@ui.Icon("key-round"), @ui.CopyButton(ui.CopyParams{Target: "sid", Icon: true, Title: "Copy the Sid"})
//
// A link opens a dialog that the server draws on demand if it has
//
//	Attrs: templ.Attributes{"hx-get": href, "hx-target": "#dialog", "hx-swap": "innerHTML"}
//
// and its answer is a Dialog with Show. Without htmx the same address draws the
// Dialog with Page. An empty answer closes the dialog, and so does one with only
// Toast and other out-of-band parts, with HX-Retarget: #dialog and HX-Reswap:
// innerHTML swapEmpty:true. The layout contains #dialog.
//
// The address that reveals a secret answers a POST in three ways: with Secret
// and its Value for htmx, with the bare value for "Accept: text/plain" (the copy
// button), and with a page otherwise.
package ui
