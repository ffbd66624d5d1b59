package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"keywicket/models"
)

// errNoObject is the refusal of a body that is not one JSON object in UTF-8.
var errNoObject = errors.New("not one JSON object")

// fieldError is the refusal of a field; the detail may be shown.
type fieldError struct {
	field, detail string
}

// Error returns the detail.
func (e *fieldError) Error() string { return e.detail }

// verifyQuestion is the body of a question.
type verifyQuestion struct {
	key      string
	username string
	channel  models.Channel
	method   string
	path     string
	api      string
	app      string
	ip       string
	plugin   bool
	pluginID string
}

// parseVerify reads a question strictly: one object, each field at most once,
// known, exactly so written, and of its type. null is no value of any.
func parseVerify(body []byte) (verifyQuestion, error) {
	q := verifyQuestion{channel: models.ChannelREST}
	if !utf8.Valid(body) || !json.Valid(body) {
		return q, errNoObject
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return q, errNoObject
	}
	seen := make(map[string]bool)
	for dec.More() {
		name, value, err := nextMember(dec)
		if err != nil {
			return q, err
		}
		if name == "credential" { // of a pair it is no key, but the secret
			name = "key"
		}
		if seen[name] {
			return q, &fieldError{name, "The field is there twice."}
		}
		seen[name] = true
		if err := q.set(name, value); err != nil {
			return q, err
		}
	}
	return q, nil
}

// nextMember reads a name and its value, which is a string, a bool, or
// something that no field takes.
func nextMember(dec *json.Decoder) (name string, value any, err error) {
	token, err := dec.Token()
	if err != nil {
		return "", nil, errNoObject
	}
	name, _ = token.(string)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return "", nil, errNoObject
	}
	switch raw[0] {
	case '"', 't', 'f':
		err = json.Unmarshal(raw, &value)
	}
	return name, value, err
}

func (q *verifyQuestion) set(name string, value any) error {
	if name == "plugin" {
		return q.setPlugin(value)
	}
	targets := map[string]*string{
		"key": &q.key, "username": &q.username, "method": &q.method, "path": &q.path,
		"api": &q.api, "app": &q.app, "ip": &q.ip,
	}
	if target, ok := targets[name]; ok {
		return setField(name, value, target, "The field must be a string.")
	}
	if name != "channel" {
		return &fieldError{clip(name), "There is no such field."}
	}
	var word string
	if err := setField(name, value, &word, "The field must be a string."); err != nil {
		return err
	}
	channel, ok := channelOf(word)
	if !ok {
		return &fieldError{name, "The field must be rest, http, web_service, ftp or email."}
	}
	q.channel = channel
	return nil
}

// setPlugin takes true or false, or the plugin's id: "" is no plugin.
func (q *verifyQuestion) setPlugin(value any) error {
	switch v := value.(type) {
	case bool:
		q.plugin = v
		return nil
	case string:
		if v == "" || models.IsPluginID(v) {
			q.plugin, q.pluginID = v != "", v
			return nil
		}
	}
	return &fieldError{"plugin", "The field must be true, false, or a plugin id: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'."}
}

func setField[T string | bool](name string, value any, target *T, detail string) error {
	v, ok := value.(T)
	if !ok {
		return &fieldError{name, detail}
	}
	*target = v
	return nil
}

// clip returns the name of an unknown field, short enough for a response.
func clip(name string) string {
	const most = 40
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}
