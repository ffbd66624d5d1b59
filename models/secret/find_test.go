package secret_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/secret"
)

func TestFindValueInWhatPeoplePaste(t *testing.T) {
	value, err := secret.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := secret.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body := value[len(models.TokenPrefix):]
	wrong := value[:len(value)-1] + map[bool]string{true: "a", false: "b"}[value[len(value)-1] != 'a']
	for text, want := range map[string]string{
		value:                            value,
		"  " + value + "\n":              value,
		"Authorization: Bearer " + value: value,
		`curl -H "X-API-Key: ` + value + `" https://x`: value,
		"KEY=" + value + " OTHER=" + other:             value,
		"kw_ kw_short " + value:                        value,
		wrong + " " + value:                            value,
		body:                                           value,
		"(" + body + ")":                               value,
		wrong:                                          "",
		value[:20]:                                     "",
		"密钥 kw_ 名称":                                    "",
		"":                                             "",
		"kw_8fQ2":                                      "",
		strings.Repeat("kw_", 1000):                    "",
	} {
		got, ok := secret.FindValue(text)
		if got != want || ok != (want != "") {
			t.Errorf("FindValue(%q) = %q, %v", text, got, ok)
		}
	}
}

func TestHolds(t *testing.T) {
	value, err := secret.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	user, api, err := secret.MintPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		value: true, value[:12]: true, value[3:]: true, "x" + value + "y": true, "kw%5F" + value[3:]: true,
		api: true, api[:12]: true, "secret: " + api: true, api[4:]: true, user: false,
		value[:7]: false, "kws_": false, "kws_abcd": false, "kwu_backup.user": false, "": false, "CRM sync": false,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV": false, value[len(value)-4:]: false,
	} {
		if secret.Holds(text) != want {
			t.Errorf("Holds(%q) = %v", text, !want)
		}
	}
}
