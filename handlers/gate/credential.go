package gate

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// keyPrefix tells Keywicket's keys from a caller's other credentials.
	keyPrefix = "kw_"
	// contradiction stands for credentials of which the gate will not choose
	// one. No key looks like it.
	contradiction = "several credentials"
)

// credential is a key as the caller sent it.
type credential struct {
	value     string
	username  string
	fromQuery bool
}

// credentialOf finds the request's one credential: in Authorization (Bearer
// or Basic), in X-API-Key, or in the query parameter api_key. A value that
// does not begin like a key is somebody else's credential when another one
// does. Two different keys, or a header that stands there twice, are a
// contradiction: the gate might judge one and the upstream act on the other.
func credentialOf(h http.Header, rawQuery string) credential {
	var found []credential
	for _, c := range []func() (credential, bool){
		func() (credential, bool) { return fromAuthorization(h.Values("Authorization")) },
		func() (credential, bool) { return fromAPIKey(h.Values("X-Api-Key")) },
		func() (credential, bool) { return fromQuery(rawQuery) },
	} {
		if got, ok := c(); ok {
			found = append(found, got)
		}
	}
	return choose(found)
}

// choose takes the credential that is a key; the first in the order of
// credentialOf where the same key came twice.
func choose(found []credential) credential {
	if len(found) == 0 {
		return credential{}
	}
	for _, c := range found {
		if c.value == contradiction {
			return c
		}
	}
	keys := slices.DeleteFunc(slices.Clone(found), func(c credential) bool {
		return !strings.HasPrefix(c.value, keyPrefix)
	})
	if len(keys) == 0 {
		return found[0]
	}
	for _, c := range keys[1:] {
		if c.value != keys[0].value {
			return credential{value: contradiction}
		}
	}
	return keys[0]
}

// single gives a header's value, without the space around it, and a
// contradiction for a header that stands there twice.
func single(values []string) (string, bool) {
	switch len(values) {
	case 0:
		return "", false
	case 1:
		v := strings.Trim(values[0], " \t")
		return v, v != ""
	}
	return contradiction, true
}

func fromAPIKey(values []string) (credential, bool) {
	v, ok := single(values)
	return credential{value: v}, ok
}

// fromAuthorization reads Bearer and Basic. Another scheme is none of the
// gate's.
func fromAuthorization(values []string) (credential, bool) {
	v, ok := single(values)
	if !ok || v == contradiction {
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
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return credential{}, false
	}
	v, ok := single(query["api_key"])
	return credential{value: v, fromQuery: true}, ok
}
