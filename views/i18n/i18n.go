// Package i18n contains the words of the interface in English and 简体中文, and
// finds them for the language of a request.
//
// A message has an ID "area.name". The file locales/{language}/{area}.json
// contains the area's messages in go-i18n's flat form. Views call T and N;
// package web puts the language into the context with Bundle.With. The package
// imports nothing from this module.
package i18n

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales
var locales embed.FS

// The languages of the interface, as in <html lang> and in a user's profile.
const (
	English = "en"
	Chinese = "zh-CN"
)

// Languages returns the languages of the interface, the default first.
func Languages() []string { return []string{English, Chinese} }

// Bundle holds every message in every language. It is immutable and safe for
// concurrent use.
type Bundle struct {
	voices  map[string]*voice
	matcher language.Matcher
}

// voice is one language. Messages without plural forms are looked up in a map;
// the others go through go-i18n, which takes some microseconds each.
type voice struct {
	lang      string
	plain     map[string]text
	localizer *goi18n.Localizer
}

// text is a message in parts: words and names of values, in turn.
type text []string

// parseText splits a message into its parts.
func parseText(s string) text {
	var parts text
	for {
		words, rest, found := strings.Cut(s, "{{.")
		parts = append(parts, words)
		if !found {
			return parts
		}
		name, after, _ := strings.Cut(rest, "}}")
		parts = append(parts, strings.TrimSpace(name))
		s = after
	}
}

// with returns the message with values filled in. value returns nil for a
// missing value, which leaves its place empty.
func (t text) with(value func(name string) any) string {
	if len(t) == 1 {
		return t[0]
	}
	var b strings.Builder
	for i, part := range t {
		if i%2 == 0 {
			b.WriteString(part)
		} else if v := value(part); v != nil {
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// named returns a function that looks up values in name-value pairs.
func named(kv []any) func(string) any {
	return func(name string) any {
		for i := 0; i+1 < len(kv); i += 2 {
			if kv[i] == name {
				return kv[i+1]
			}
		}
		return nil
	}
}

// New reads the embedded catalogues. Its error names the file; a correct build
// has none.
func New() (*Bundle, error) {
	tags := make([]language.Tag, 0, len(Languages()))
	b := &Bundle{voices: map[string]*voice{}}
	for _, lang := range Languages() {
		tag := language.MustParse(lang)
		tags = append(tags, tag)
		v, err := newVoice(lang, tag)
		if err != nil {
			return nil, err
		}
		b.voices[lang] = v
	}
	b.matcher = language.NewMatcher(tags)
	return b, nil
}

// newVoice reads the catalogue of one language.
func newVoice(lang string, tag language.Tag) (*voice, error) {
	source := goi18n.NewBundle(tag)
	source.RegisterUnmarshalFunc("json", json.Unmarshal)
	v := &voice{lang: lang, plain: map[string]text{}}
	files, err := fs.Glob(locales, path.Join("locales", lang, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the messages of %s: %w", lang, err)
	}
	for _, name := range files {
		data, err := locales.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		// go-i18n takes the language from the part before the extension.
		file, err := source.ParseMessageFileBytes(data, path.Base(name)+"."+lang+".json")
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		for _, m := range file.Messages {
			if m.One == "" {
				v.plain[m.ID] = parseText(m.Other)
			}
		}
	}
	v.localizer = goi18n.NewLocalizer(source, lang)
	return v, nil
}

// Match returns the language to use: userLang if it is one of Languages, else
// the best match for the Accept-Language header, else English.
func (b *Bundle) Match(userLang, acceptLanguage string) string {
	if _, ok := b.voices[userLang]; ok {
		return userLang
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return English
	}
	_, index, confidence := b.matcher.Match(tags...)
	if confidence == language.No {
		return English
	}
	return Languages()[index]
}

// contextKey is the context key of the voice.
type contextKey struct{}

// With returns a context in which T and N use lang. An unknown language stands
// for English.
func (b *Bundle) With(ctx context.Context, lang string) context.Context {
	v, ok := b.voices[lang]
	if !ok {
		v = b.voices[English]
	}
	return context.WithValue(ctx, contextKey{}, v)
}

// Lang returns the language of the context, or English if it has none.
func Lang(ctx context.Context) string {
	if v, ok := ctx.Value(contextKey{}).(*voice); ok {
		return v.lang
	}
	return English
}

// T returns the message with the ID in the language of the context. kv are
// name-value pairs for its {{.Name}} places. For a missing message it returns
// the ID.
func T(ctx context.Context, id string, kv ...any) string {
	v, ok := ctx.Value(contextKey{}).(*voice)
	if !ok {
		return id
	}
	if t, ok := v.plain[id]; ok {
		return t.with(named(kv))
	}
	return v.render(id, pairs(kv), nil)
}

// TM is T with the values in a map, as errors of package models hold them. args
// may be nil.
func TM(ctx context.Context, id string, args map[string]any) string {
	v, ok := ctx.Value(contextKey{}).(*voice)
	if !ok {
		return id
	}
	if t, ok := v.plain[id]; ok {
		return t.with(func(name string) any { return args[name] })
	}
	return v.render(id, args, nil)
}

// N returns the message with the ID in the plural form for count, which is its
// {{.Count}}. kv are more name-value pairs.
func N(ctx context.Context, id string, count int, kv ...any) string {
	v, ok := ctx.Value(contextKey{}).(*voice)
	if !ok {
		return id
	}
	if t, ok := v.plain[id]; ok {
		return t.with(func(name string) any {
			if name == "Count" {
				return count
			}
			return named(kv)(name)
		})
	}
	args := pairs(kv)
	args["Count"] = count
	return v.render(id, args, count)
}

// Has reports whether the language of the context has the message.
func Has(ctx context.Context, id string) bool {
	v, ok := ctx.Value(contextKey{}).(*voice)
	if !ok {
		return false
	}
	if _, ok := v.plain[id]; ok {
		return true
	}
	_, err := v.localizer.LocalizeMessage(&goi18n.Message{ID: id})
	return err == nil
}

// render returns a message from go-i18n. For a message that cannot be rendered
// it returns the ID, which a reader can report.
func (v *voice) render(id string, args map[string]any, count any) string {
	said, err := v.localizer.Localize(&goi18n.LocalizeConfig{MessageID: id, TemplateData: args, PluralCount: count})
	if err != nil {
		return id
	}
	return said
}

// pairs returns name-value pairs as a map.
func pairs(kv []any) map[string]any {
	args := make(map[string]any, len(kv)/2+1)
	for i := 0; i+1 < len(kv); i += 2 {
		args[fmt.Sprint(kv[i])] = kv[i+1]
	}
	return args
}
