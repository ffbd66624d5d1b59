package views_test

import (
	"strings"
	"testing"

	"keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/i18n"
)

func TestVerifyCommandIsReadyToRun(t *testing.T) {
	gate := views.GateAddress{URL: "http://127.0.0.1:8081"}
	for _, c := range []struct {
		gate views.GateAddress
		api  models.API
		want string
	}{
		{gate, models.API{Method: "POST", Path: "/api/v5/app/list"}, `curl -s http://127.0.0.1:8081/v1/verify -d '{"key":"kw_x","method":"POST","path":"/api/v5/app/list"}'`},
		{gate, models.API{Method: models.AnyMethod, Path: "/a"}, `curl -s http://127.0.0.1:8081/v1/verify -d '{"key":"kw_x","method":"GET","path":"/a"}'`},
		{views.GateAddress{URL: "http://gate", Token: true}, models.API{Method: "GET", Path: "/a"}, `curl -s http://gate/v1/verify -H "X-Keywicket-Token: $TOKEN" -d '{"key":"kw_x","method":"GET","path":"/a"}'`},
		{gate, models.API{Method: "POST", Path: "/a", AppBound: true}, ""},
		{gate, models.API{Method: "POST", Path: "/a/{id}"}, ""},
		{gate, models.API{Method: "POST", Path: "/it's"}, ""},
		{gate, models.API{Method: "POST", Path: "/数据"}, ""},
	} {
		got, ok := c.gate.VerifyCommand("kw_x", c.api)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%+v gives %q %v, wanted %q", c.api, got, ok, c.want)
		}
	}
}

func TestFamiliesOfThePresetAreTranslated(t *testing.T) {
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	families := []models.FamilyRow{{Family: models.Family{ID: 9, Name: "Mine"}}}
	for i, f := range models.Preset() {
		families = append(families, models.FamilyRow{Family: models.Family{ID: int64(i + 1), Name: f.Name}})
	}
	for lang, want := range map[string][]string{
		i18n.English: {"Mine", "Contact", "App", "Form", "Data", "File", "Workflow", "CRM"},
		i18n.Chinese: {"Mine", "通讯录", "应用", "表单", "数据", "文件", "流程", "CRM"},
	} {
		m := catalogue.NewCatalogue(words.With(t.Context(), lang), "/c", families, "", true)
		doc := render(t, lang, catalogue.APIsRegion(m))
		heads := doc.Find(".family-card h2")
		if heads.Length() != len(want) {
			t.Fatalf("%s shows %d families, wanted %d", lang, heads.Length(), len(want))
		}
		for i, name := range want {
			if got := strings.Fields(heads.Eq(i).Text())[0]; got != name {
				t.Errorf("%s shows %q, wanted %q", lang, got, name)
			}
		}
	}
	if m := catalogue.NewCatalogue(words.With(t.Context(), i18n.Chinese), "/c", families, "通讯录", true); len(m.Families) != 1 {
		t.Errorf("the translated name finds %d families", len(m.Families))
	}
}

// TestCommandForAPair checks that the command for a pair names its user name
// and channel, and no call for a file or mail server.
func TestCommandForAPair(t *testing.T) {
	gate := views.GateAddress{URL: "http://gate.test"}
	call := models.API{Method: models.AnyMethod, Path: "/v1/things"}
	for channel, want := range map[models.Channel]string{
		models.ChannelFTP:   `{"username":"kwu_a","credential":"kws_b","channel":"ftp"}`,
		models.ChannelEmail: `{"username":"kwu_a","credential":"kws_b","channel":"email"}`,
		models.ChannelHTTP:  `{"username":"kwu_a","credential":"kws_b","channel":"http","method":"GET","path":"/v1/things"}`,
	} {
		got, ok := gate.Command(models.Key{Channel: channel, Username: "kwu_a"}, "kws_b", call)
		if want = "curl -s http://gate.test/v1/verify -d '" + want + "'"; !ok || got != want {
			t.Errorf("%s: %q, %v", channel, got, ok)
		}
	}
	bound := models.API{Method: "GET", Path: "/v1/things", AppBound: true}
	if _, ok := gate.Command(models.Key{Channel: models.ChannelHTTP, Username: "kwu_a"}, "kws_b", bound); ok {
		t.Error("a call that needs an app is offered")
	}
	if got, ok := gate.Command(models.Key{Channel: models.ChannelREST}, "kw_c", call); !ok || got != `curl -s http://gate.test/v1/verify -d '{"key":"kw_c","method":"GET","path":"/v1/things"}'` {
		t.Errorf("%q, %v", got, ok)
	}
}
