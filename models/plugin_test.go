package models

import (
	"strings"
	"testing"
	"time"
)

func TestCleanPluginID(t *testing.T) {
	for in, want := range map[string]string{
		"form-event": "form-event", " Form.Event_2 ": "Form.Event_2", strings.Repeat("x", 64): strings.Repeat("x", 64),
		"": "", " ": "", "a b": "", "a/b": "", "é": "", "插件": "", "a\x00": "", "a\xff": "", strings.Repeat("x", 65): "",
	} {
		got, err := CleanPluginID(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gave %q, %v", in, got, err)
		}
		if (CodeOf(err) == CodeInvalid) != (want == "") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestPluginState(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	past, later := now.Add(-time.Second), now.Add(time.Second)
	for _, c := range []struct {
		row  PluginRow
		want PluginState
	}{
		{PluginRow{}, PluginNoKey},
		{PluginRow{KeySid: "s", KeyEnabled: true}, PluginReady},
		{PluginRow{KeySid: "s", KeyEnabled: true, KeyExpiresAt: &later}, PluginReady},
		{PluginRow{KeySid: "s", KeyEnabled: true, KeyIPs: 1}, PluginBlocked},
		{PluginRow{KeySid: "s", KeyEnabled: true, KeyIPs: 1, KeyExpiresAt: &past}, PluginExpired},
		{PluginRow{KeySid: "s", KeyEnabled: true, KeyExpiresAt: &now}, PluginExpired},
		{PluginRow{KeySid: "s", KeyIPs: 1, KeyExpiresAt: &past}, PluginDisabled},
	} {
		if got := c.row.State(now); got != c.want {
			t.Errorf("%+v is %s, want %s", c.row, got, c.want)
		}
	}
}
