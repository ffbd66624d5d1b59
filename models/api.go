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

// AnyMethod in a call's Method stands for every HTTP method.
const AnyMethod = "ANY"

// Methods lists what a call's Method may be, in the order of a menu.
func Methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", AnyMethod}
}

// AppSource is the place where an app-bound call names its app.
type AppSource string

// The places where an app id is found. AppInPath means a {parameter} of the
// path pattern, named by AppField.
const (
	AppSourceNone AppSource = ""
	AppInPath     AppSource = "path"
	AppInHeader   AppSource = "header"
	AppInQuery    AppSource = "query"
	AppInBody     AppSource = "body" // a top-level member of the JSON body
)

// AppSources lists where an app-bound call may name its app.
func AppSources() []AppSource {
	return []AppSource{AppInBody, AppInPath, AppInHeader, AppInQuery}
}

// API is one call of the catalogue.
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

// APIRow is a call in the catalogue page.
type APIRow struct {
	API
	KeyCount int // keys whose API List names it
}

// CheckAPI returns the call with its fields cleaned. Its error joins the refusals
// of all fields: name, method, path, app_source, app_field and rate. A call that
// is not app-bound loses source and field.
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

// checkAppField returns the field as source names it, or the refusal of one that
// cannot be found there. Without a right path, no parameter of p is missed.
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

// isHeaderName is true for a token of RFC 9110.
func isHeaderName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// FindClash returns the first of others whose method and pattern some request
// could match as well as a's. The call itself, by its ID, is no clash.
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
