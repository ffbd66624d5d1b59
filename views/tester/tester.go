// Package tester draws the Tester, the page that asks the gate's engine about a
// request.
package tester

import (
	"context"
	"strings"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Tester is the page that asks the gate's engine.
type Tester struct {
	Root     string // address of the page: /a/acme/tester
	Form     Form
	Keys     []models.KeyRow
	Plugins  []models.PluginRow
	Families []models.FamilyRow
	Verdict  *Verdict // nil before the first test
	Errors   map[string]string
}

// Form is the request as it was described. It never contains a pasted key.
type Form struct {
	Paste   bool   // the key is pasted, not chosen
	Key     string // Sid of the chosen key
	ByPath  bool   // the call is described by method and path, not chosen
	API     string // name of the chosen call
	Method  string
	Path    string
	App     string
	IP      string
	Channel models.Channel
	Plugin  string // id of the plugin that calls, AnyPlugin, or "" for none
}

// AnyPlugin stands for a plugin without an ID in the form. No plugin ID
// contains an asterisk.
const AnyPlugin = "*"

// NewForm returns the form before the first test.
func NewForm() Form {
	return Form{Method: "POST", Channel: models.ChannelREST}
}

// Verdict is the engine's decision.
type Verdict struct {
	Allowed   bool
	Reason    string // the gate's word: "ip_denied"
	Status    int    // that the caller gets
	Code      int    // of the documented platform; 0 for none
	KeyName   string // "" when the key is unknown, or not the reader's to see
	KeyHref   string
	Call      string // name of the call, "" when the catalogue does not have it
	App       string
	Plugin    string // name of the plugin that calls, "" for none that is known
	Ambiguous bool   // the path can be read in more than one way
	Limit     int    // of the quota with the least left; 0 for none
	Remaining int
	Checks    []Check
}

// CheckState is the result of a check.
type CheckState string

// The states of a check. A skipped check was not judged.
const (
	CheckPassed  CheckState = "passed"
	CheckFailed  CheckState = "failed"
	CheckSkipped CheckState = "skipped"
)

// Check is one line of the gate's table of checks.
type Check struct {
	Reason string // the gate's word for its failure
	State  CheckState
	Why    string // translation id of why it was not judged
}

// icon returns the name of the icon of the check's state.
func (k Check) icon() string {
	switch k.State {
	case CheckPassed:
		return "circle-check"
	case CheckFailed:
		return "circle-x"
	default:
		return "minus"
	}
}

// stateWord returns the words for the check's state, for readers who cannot see
// the icon.
func (k Check) stateWord(ctx context.Context) string {
	switch k.State {
	case CheckPassed:
		return i18n.T(ctx, "tester.state.passed")
	case CheckFailed:
		return i18n.T(ctx, "tester.state.failed")
	default:
		return i18n.T(ctx, "tester.state.skipped")
	}
}

// note returns more about a check, or "".
func (v Verdict) note(ctx context.Context, k Check) string {
	switch {
	case k.State == CheckSkipped:
		return i18n.T(ctx, k.Why)
	case k.State == CheckFailed && k.Reason == "api_unknown" && v.Ambiguous:
		return i18n.T(ctx, "gate.note.ambiguous")
	case k.State == CheckFailed:
		return i18n.T(ctx, "gate.why."+k.Reason)
	case k.Reason == "api_unknown" && v.Call == "" && v.KeyHref != "":
		return i18n.T(ctx, "gate.note.pass_unknown")
	case k.Reason == "rate_limited" && v.Limit > 0:
		return i18n.T(ctx, "gate.note.rate", "Remaining", ui.Number(v.Remaining), "Limit", ui.Number(v.Limit))
	}
	return ""
}

// fix returns the address where a failed check can be fixed, or "" if there is
// none.
func (m Tester) fix(k Check) string {
	v := m.Verdict
	if k.State != CheckFailed {
		return ""
	}
	if k.Reason == "api_unknown" {
		return strings.TrimSuffix(m.Root, "tester") + "catalogue"
	}
	section, ok := map[string]string{
		"key_disabled": "key-head", "key_expired": "basics", "ip_denied": "whitelist", "plugin_denied": "whitelist",
		"api_denied": "apis", "app_denied": "apps", "rate_limited": "limits",
	}[k.Reason]
	if !ok || v.KeyHref == "" {
		return ""
	}
	return v.KeyHref + "#" + section
}

// answer returns the words for what the caller receives.
func (v Verdict) answer(ctx context.Context) string {
	if v.Code != 0 {
		return i18n.T(ctx, "tester.answer.code", "Status", v.Status, "Code", v.Code)
	}
	return i18n.T(ctx, "tester.answer", "Status", v.Status)
}

// summary returns the words for the number of failed checks.
func (v Verdict) summary(ctx context.Context) string {
	failed := 0
	for _, k := range v.Checks {
		if k.State == CheckFailed {
			failed++
		}
	}
	if failed == 0 {
		return i18n.T(ctx, "tester.checks.passed")
	}
	return i18n.N(ctx, "tester.checks.failed", failed)
}

// keyCards returns the choice between a key of the list and a pasted one.
func (m Tester) keyCards(ctx context.Context) ui.RadioParams {
	value := "choose"
	if m.Form.Paste {
		value = "paste"
	}
	return ui.RadioParams{
		Name: "source", Legend: i18n.T(ctx, "tester.key"), Value: value,
		Cards: []ui.RadioCard{
			{Value: "choose", Label: i18n.T(ctx, "tester.key.choose"), Shows: "choose-key"},
			{Value: "paste", Label: i18n.T(ctx, "tester.key.paste"), Shows: "paste-key"},
		},
	}
}

// callCards returns the choice between a call of the catalogue and a path.
func (m Tester) callCards(ctx context.Context) ui.RadioParams {
	value := "call"
	if m.Form.ByPath {
		value = "path"
	}
	return ui.RadioParams{
		Name: "by", Legend: i18n.T(ctx, "tester.call"), Value: value,
		Cards: []ui.RadioCard{
			{Value: "call", Label: i18n.T(ctx, "tester.call.choose"), Shows: "choose-call"},
			{Value: "path", Label: i18n.T(ctx, "tester.call.path"), Shows: "type-call"},
		},
	}
}

// picker returns the list of keys to choose from.
func (m Tester) picker(ctx context.Context) ui.PickerParams {
	items := make([]ui.PickerItem, len(m.Keys))
	for i, k := range m.Keys {
		items[i] = ui.PickerItem{Value: k.Sid, Label: k.Name, Note: k.Prefix + "••••" + k.Last4, Checked: k.Sid == m.Form.Key}
	}
	return ui.PickerParams{
		ID: "key-list", Name: "key", Label: i18n.T(ctx, "tester.key.list"), Single: true, Error: m.Errors["key"],
		Groups: []ui.PickerGroup{{Items: items}}, Empty: i18n.T(ctx, "tester.key.none"),
	}
}

// callOptions returns the calls of the catalogue as options.
func (m Tester) callOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "tester.api.choose")}}
	for _, f := range m.Families {
		for _, a := range f.APIs {
			options = append(options, ui.Option{Value: a.Name, Label: a.Name + " · " + a.Method + " " + a.Path, Group: terms.FamilyName(ctx, f.Name)})
		}
	}
	return options
}

// pluginOptions returns the plugins as options.
func (m Tester) pluginOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "tester.plugin.none")}, {Value: AnyPlugin, Label: i18n.T(ctx, "tester.plugin.any")}}
	for _, p := range m.Plugins {
		label := p.Name
		if p.KeyName != "" {
			label += " · " + p.KeyName
		}
		options = append(options, ui.Option{Value: p.PluginID, Label: label, Group: i18n.T(ctx, "tester.plugin.known")})
	}
	return options
}

// methodOptions returns the HTTP methods as options.
func methodOptions() []ui.Option {
	var options []ui.Option
	for _, method := range models.Methods() {
		if method != models.AnyMethod {
			options = append(options, ui.Option{Value: method, Label: method})
		}
	}
	return options
}
