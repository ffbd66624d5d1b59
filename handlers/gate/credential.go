package gate

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"keywicket/models"
)

// ambiguous stands for several credentials, of which the gate does not choose one.
// No key looks like it.
const ambiguous = "several credentials"

// credential is a key as the caller sent it: a token, which begins like one, or
// a pair of user name and secret.
type credential struct {
	value     string
	username  string
	fromQuery bool
}

// credentialOf finds the request's one credential: a token in Authorization
// (Bearer or Basic), in X-API-Key, or in the query parameter api_key; a pair in
// Authorization (Basic), or in X-API-Key with X-API-Secret. What is none of
// these is somebody else's credential when another one is. Two different ones, or
// a repeated header, are ambiguous: the gate might judge one and the upstream act
// on the other.
func credentialOf(h http.Header, rawQuery string) credential {
	var found []credential
	for _, c := range []func() (credential, bool){
		func() (credential, bool) { return fromAuthorization(h.Values("Authorization")) },
		func() (credential, bool) { return fromAPIKey(h.Values("X-Api-Key"), h.Values("X-Api-Secret")) },
		func() (credential, bool) { return fromQuery(rawQuery) },
	} {
		if got, ok := c(); ok {
			found = append(found, got)
		}
	}
	return choose(found)
}

// choose returns the credential that is a token, or else a pair; the first in the
// order of credentialOf where the same one came twice. Next to a token, a Basic
// pair may be the upstream's own.
func choose(found []credential) credential {
	if len(found) == 0 {
		return credential{}
	}
	for _, c := range found {
		if c.value == ambiguous {
			return c
		}
	}
	for _, kind := range []func(credential) bool{credential.isToken, credential.isPair} {
		ours := slices.DeleteFunc(slices.Clone(found), func(c credential) bool { return !kind(c) })
		if len(ours) == 0 {
			continue
		}
		for _, c := range ours[1:] {
			if !c.same(ours[0]) {
				return credential{value: ambiguous}
			}
		}
		return ours[0]
	}
	return found[0]
}

func (c credential) isToken() bool { return strings.HasPrefix(c.value, models.TokenPrefix) }

func (c credential) isPair() bool { return c.username != "" && c.value != "" }

// same reports whether the two are the same credential. The user name of a token
// does not count.
func (c credential) same(other credential) bool {
	return c.value == other.value && (c.isToken() || models.FoldUsername(c.username) == models.FoldUsername(other.username))
}

// single returns a header's value without the space around it, and ambiguous for
// a repeated header. It returns false where there is none.
func single(values []string) (string, bool) {
	switch len(values) {
	case 0:
		return "", false
	case 1:
		v := strings.Trim(values[0], " \t")
		return v, v != ""
	}
	return ambiguous, true
}

// fromAPIKey reads a token, or the user name of a pair when X-API-Secret is there
// too. A secret alone is no credential.
func fromAPIKey(values, secrets []string) (credential, bool) {
	v, ok := single(values)
	value, withSecret := single(secrets)
	switch {
	case !withSecret:
		return credential{value: v}, ok
	case !ok:
		return credential{}, false
	case v == ambiguous || value == ambiguous:
		return credential{value: ambiguous}, true
	}
	return credential{value: value, username: v}, true
}

// fromAuthorization reads Bearer and Basic, and ignores any other scheme.
func fromAuthorization(values []string) (credential, bool) {
	v, ok := single(values)
	if !ok || v == ambiguous {
		return credential{value: v}, ok
	}
	scheme, rest, _ := strings.Cut(v, " ")
	rest = strings.Trim(rest, " ")
	switch {
	case rest == "":
		return credential{}, false
	case strings.EqualFold(scheme, "Bearer"):
		return credential{value: rest}, true
	case strings.EqualFold(scheme, "Basic"):
		return fromBasic(rest), true
	}
	return credential{}, false
}

// fromBasic takes the password, or the user name when the password is empty.
func fromBasic(encoded string) credential {
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return credential{value: encoded}
	}
	user, password, _ := strings.Cut(string(plain), ":")
	if password == "" {
		return credential{value: user}
	}
	return credential{value: password, username: user}
}

// fromQuery reads api_key. A query that does not parse has none.
func fromQuery(rawQuery string) (credential, bool) {
	if !strings.Contains(rawQuery, "api") && !strings.Contains(rawQuery, "%") {
		return credential{}, false
	}
	query, err := parseQuery(rawQuery)
	if err != nil {
		return credential{}, false
	}
	v, ok := single(query["api_key"])
	return credential{value: v, fromQuery: true}, ok
}
