package models

import (
	"errors"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of an API's name and app field, in characters.
const (
	MaxAPINameLen  = 100
	MaxAppFieldLen = 100
)

// AnyMethod is the Method of an API that accepts every HTTP method.
const AnyMethod = "ANY"

// Methods returns the methods that an API can have, in the order of the menu.
func Methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", AnyMethod}
}

// AppSource is the place in a request where an app-bound API names its app.
type AppSource string

// The places of an app id. AppInPath means a {parameter} of the path pattern, named by AppField.
const (
	AppSourceNone AppSource = ""
	AppInPath     AppSource = "path"
	AppInHeader   AppSource = "header"
	AppInQuery    AppSource = "query"
	AppInBody     AppSource = "body" // a top-level member of the JSON body
)

// AppSources returns the places where an app-bound API can name its app.
func AppSources() []AppSource {
	return []AppSource{AppInBody, AppInPath, AppInHeader, AppInQuery}
}

// API is one entry of the API Catalogue.
type API struct {
	ID            int64 `gorm:"primaryKey"`
	AccountID     int64
	FamilyID      int64
	Name          string // dotted, such as "data.list"; unique in the account
	Method        string // "POST", or "ANY"
	Path          string // pattern, such as /api/v5/app/{app_id}/data
	AppBound      bool
	AppSource     AppSource
	AppField      string // name of the path parameter, header, query parameter or body member
	RatePerSecond int    // for all of the account's keys together; 0: no limit
}

// APIRow is an API on the catalogue page.
type APIRow struct {
	API
	KeyCount int // keys whose API List names it
}

// CheckAPI returns the API with its fields cleaned. Its error joins the errors of all fields: name, method, path,
// app_source, app_field and rate. An API that is not app-bound has no source and field.
func CheckAPI(a API) (API, error) {
	var badMethod, badApp, badRate error
	a.Name = strings.ToLower(strings.TrimSpace(a.Name))
	a.Method = strings.ToUpper(strings.TrimSpace(a.Method))
	if !slices.Contains(Methods(), a.Method) {
		badMethod = Refuse(CodeInvalid, "method", "errors.method.unknown")
	}
	a.Path = strings.TrimSpace(a.Path)
	pattern, badPath := ParsePattern(a.Path)
	if a.AppBound {
		a.AppField, badApp = checkAppField(a.AppSource, strings.TrimSpace(a.AppField), pattern, badPath == nil)
	} else {
		a.AppSource, a.AppField = AppSourceNone, ""
	}
	if a.RatePerSecond < 0 || a.RatePerSecond > MaxRatePerSecond {
		badRate = Refuse(CodeInvalid, "rate", "errors.rate.per_second", "Max", MaxRatePerSecond)
	}
	return a, errors.Join(checkAPIName(a.Name), badMethod, badPath, badApp, badRate)
}

func checkAPIName(name string) error {
	switch {
	case name == "":
		return Refuse(CodeInvalid, "name", "errors.text.required")
	case utf8.RuneCountInString(name) > MaxAPINameLen:
		return Refuse(CodeInvalid, "name", "errors.text.too_long", "Max", MaxAPINameLen)
	}
	for i := range len(name) {
		if c := name[i]; !isAlnum(c) && c != '_' && c != '.' && c != '-' {
			return Refuse(CodeInvalid, "name", "errors.api.name")
		}
	}
	return nil
}

// checkAppField returns the field in the form that source uses, or an error if the field cannot exist there. If the
// path is invalid (rightPath is false), a parameter that p lacks is not an error.
func checkAppField(source AppSource, field string, p Pattern, rightPath bool) (string, error) {
	if !slices.Contains(AppSources(), source) {
		return "", Refuse(CodeInvalid, "app_source", "errors.app_source.required")
	}
	switch {
	case field == "":
		return "", Refuse(CodeInvalid, "app_field", "errors.app_field.required")
	case utf8.RuneCountInString(field) > MaxAppFieldLen:
		return "", Refuse(CodeInvalid, "app_field", "errors.text.too_long", "Max", MaxAppFieldLen)
	}
	switch source {
	case AppInPath:
		field = strings.TrimSuffix(strings.TrimPrefix(field, "{"), "}")
		if rightPath && !p.HasParam(field) {
			return "", Refuse(CodeInvalid, "app_field", "errors.app_field.path", "Field", clip(field, 40))
		}
	case AppInHeader:
		if !isHeaderName(field) {
			return "", Refuse(CodeInvalid, "app_field", "errors.app_field.header")
		}
		field = textproto.CanonicalMIMEHeaderKey(field)
	default:
		if !plainWord(field) {
			return "", Refuse(CodeInvalid, "app_field", "errors.app_field.characters")
		}
	}
	return field, nil
}

// isHeaderName reports whether s is a token of RFC 9110.
func isHeaderName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// FindClash returns the first of others that matches some of the requests that a matches. It skips the API with the ID
// of a.
func FindClash(a API, others []API) (API, bool) {
	p, err := ParsePattern(a.Path)
	if err != nil {
		return API{}, false
	}
	for _, o := range others {
		if o.ID == a.ID && a.ID != 0 {
			continue
		}
		if o.Method != a.Method && o.Method != AnyMethod && a.Method != AnyMethod {
			continue
		}
		if q, err := ParsePattern(o.Path); err == nil && p.Overlaps(q) {
			return o, true
		}
	}
	return API{}, false
}
