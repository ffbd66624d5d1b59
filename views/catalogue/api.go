package catalogue

import (
	"context"
	"strconv"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// APIForm is the dialog that adds a call, or changes the call with ID. Its
// fields are as typed.
type APIForm struct {
	Version   models.Version // of the stored call; "" for a new one
	Root      string
	Back      string
	ID        int64 // 0 to add one
	Families  []models.FamilyRow
	Keys      []KeyLink // whose API List names the call
	Family    string
	Name      string
	Method    string
	Path      string
	Bound     bool
	AppSource models.AppSource
	AppField  string
	Rate      string
	Errors    map[string]string
	Page      bool
}

// NewAPIForm returns an empty form for a call of the family with the ID.
func NewAPIForm(family string) APIForm {
	return APIForm{Family: family, Method: "POST", AppSource: models.AppInBody, AppField: "app_id"}
}

// APIFormOf returns the form filled with the call.
func APIFormOf(a models.API) APIForm {
	f := APIForm{
		Family: strconv.FormatInt(a.FamilyID, 10), Name: a.Name, Method: a.Method, Path: a.Path,
		Bound: a.AppBound, AppSource: a.AppSource, AppField: a.AppField,
	}
	if a.RatePerSecond > 0 {
		f.Rate = strconv.Itoa(a.RatePerSecond)
	}
	return f
}

// TitleID returns the translation ID of the dialog's title.
func (f APIForm) TitleID() string {
	if f.ID == 0 {
		return "catalogue.api.add"
	}
	return "catalogue.api.edit"
}

// params returns the params of the dialog.
func (f APIForm) params(ctx context.Context) ui.DialogParams {
	action, label := f.Root+"/apis", i18n.T(ctx, "catalogue.api.add")
	if f.ID != 0 {
		action, label = f.Root+"/apis/"+strconv.FormatInt(f.ID, 10)+"/edit", i18n.T(ctx, "common.save")
	}
	p := ui.FormDialog("api-form", i18n.T(ctx, f.TitleID()), "", action, label, f.Back, f.Page)
	p.Wide, p.Version = true, string(f.Version)
	return p
}

// focused reports whether the field gets the focus.
func (f APIForm) focused(field string) bool {
	return ui.Focused(f.Errors, field, "name", "family", "method", "path", "app_source", "app_field", "rate")
}

// familyOptions returns the families as options.
func (f APIForm) familyOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "catalogue.family.choose"), Disabled: true}}
	for _, one := range f.Families {
		options = append(options, ui.Option{Value: strconv.FormatInt(one.ID, 10), Label: terms.FamilyName(ctx, one.Name)})
	}
	return options
}

// methodOptions returns the methods as options.
func (f APIForm) methodOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, m := range models.Methods() {
		label := m
		if m == models.AnyMethod {
			label = i18n.T(ctx, "catalogue.method.any")
		}
		options = append(options, ui.Option{Value: m, Label: label})
	}
	return options
}

// sourceOptions returns the places of an app ID in a request as options.
func (f APIForm) sourceOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, s := range models.AppSources() {
		options = append(options, ui.Option{Value: string(s), Label: sourceWord(ctx, s)})
	}
	return options
}

// boundCards returns the choice of whether the call belongs to an app.
func (f APIForm) boundCards(ctx context.Context) ui.RadioParams {
	value := "0"
	if f.Bound {
		value = "1"
	}
	return ui.RadioParams{
		Name: "bound", Legend: i18n.T(ctx, "catalogue.bound"), Value: value,
		Cards: []ui.RadioCard{
			{Value: "0", Label: i18n.T(ctx, "catalogue.bound.no"), Hint: i18n.T(ctx, "catalogue.bound.no.hint")},
			{Value: "1", Label: i18n.T(ctx, "catalogue.bound.yes"), Hint: i18n.T(ctx, "catalogue.bound.yes.hint"), Shows: "app-place"},
		},
	}
}

// APIRemoval is the question before an API is removed.
type APIRemoval struct {
	Removal
	API models.API
}

// params returns the params of the question.
func (m APIRemoval) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/apis/" + strconv.FormatInt(m.API.ID, 10) + "/remove"
	return ui.ConfirmParams{
		ID: "remove-api", Title: i18n.T(ctx, "catalogue.api.remove.title", "Name", m.API.Name), Text: i18n.T(ctx, "catalogue.api.remove.text", "Method", m.API.Method, "Path", m.API.Path),
		Action: action, Version: string(m.Version), Label: i18n.T(ctx, "catalogue.api.remove"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}

// PresetOffer describes what the preset would add to a catalogue.
type PresetOffer struct {
	Root    string
	Back    string
	Adds    []PresetAdds
	Calls   int // that it adds
	LeftOut int // calls whose name or pattern is there already
	Page    bool
}

// PresetAdds describes what the preset would add to a family.
type PresetAdds struct {
	Family string
	New    bool // the family itself is new
	Calls  int
}

// NewPresetOffer compares the preset with the families, by the same rules as
// the store when it applies the preset.
func NewPresetOffer(root, back string, families []models.FamilyRow) PresetOffer {
	m := PresetOffer{Root: root, Back: back}
	var have []models.API
	names, known := map[string]bool{}, map[string]bool{}
	for _, f := range families {
		known[f.Name] = true
		for _, a := range f.APIs {
			have, names[a.Name] = append(have, a.API), true
		}
	}
	for _, f := range models.Preset() {
		adds := PresetAdds{Family: f.Name, New: !known[f.Name]}
		for _, a := range f.APIs {
			if _, clash := models.FindClash(a, have); clash || names[a.Name] {
				m.LeftOut++
				continue
			}
			have, names[a.Name] = append(have, a), true
			adds.Calls++
		}
		if adds.New || adds.Calls > 0 {
			m.Adds = append(m.Adds, adds)
			m.Calls += adds.Calls
		}
	}
	return m
}

// params returns the params of the dialog.
func (m PresetOffer) params(ctx context.Context) ui.DialogParams {
	p := ui.FormDialog("preset", i18n.T(ctx, "catalogue.preset.title"), i18n.T(ctx, "catalogue.preset.about"), m.Root+"/preset", i18n.T(ctx, "catalogue.preset.submit"), m.Back, m.Page)
	if len(m.Adds) == 0 {
		p.Action, p.Submit = "", ui.ButtonParams{}
	}
	return p
}
