package gate

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/netaddr"
)

// sftpgoLogin is what SFTPGo sends. There is more in it, of which the gate
// reads nothing.
type sftpgoLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
	IP       string `json:"ip"`
	Protocol string `json:"protocol"`
}

// channel is what a key must be for: transfers of files are FTP, the web
// client and WebDAV are HTTP.
func (l sftpgoLogin) channel() (models.Channel, bool) {
	switch l.Protocol {
	case "SSH", "FTP":
		return models.ChannelFTP, true
	case "DAV", "HTTP":
		return models.ChannelHTTP, true
	}
	return "", false
}

// sftpgoAccount is the user that SFTPGo makes or changes at a log-in.
type sftpgoAccount struct {
	Status         int                 `json:"status"`
	Username       string              `json:"username"`
	Description    string              `json:"description"`
	HomeDir        string              `json:"home_dir"`
	ExpirationDate int64               `json:"expiration_date"` // Unix milliseconds; 0: none
	Permissions    map[string][]string `json:"permissions"`
	Filters        sftpgoFilters       `json:"filters"`
}

// sftpgoFilters keeps SFTPGo from remembering an answer.
type sftpgoFilters struct {
	ExternalAuthCacheTime int64 `json:"external_auth_cache_time"`
}

// sftpgoPassword answers the check_password_hook: 1 lets the user in, 0 does
// not. Anything but 200 is a fault, which lets nobody in either.
func (s *Server) sftpgoPassword(_ context.Context, x *exchange, o options) {
	login, d, ok := s.sftpgo(x, o)
	if !ok {
		return
	}
	status := 0
	if name, allowed := sftpgoName(login, d); allowed && name == strings.ToLower(login.Username) {
		status = 1
	}
	x.Header().Set(headerReason, d.Reason.String())
	x.json(http.StatusOK, "application/json", struct {
		Status int `json:"status"`
	}{status})
}

// sftpgoUser answers the external_auth_hook with the user that the endpoint's
// query describes. For a denial, the user has no name.
func (s *Server) sftpgoUser(_ context.Context, x *exchange, o options) {
	home, permissions, ok := sftpgoTemplate(x.r.URL.RawQuery)
	if !ok {
		x.problem(http.StatusBadRequest, "endpoint_options",
			"The endpoint needs home= in its query, such as ?home=/srv/sftp/{username}&permissions=list,download.")
		return
	}
	login, d, ok := s.sftpgo(x, o)
	if !ok {
		return
	}
	x.Header().Set(headerReason, d.Reason.String())
	name, allowed := sftpgoName(login, d)
	if !allowed {
		x.json(http.StatusOK, "application/json", struct {
			Username string `json:"username"`
		}{})
		return
	}
	user := sftpgoAccount{
		Status: 1, Username: name, Description: d.Key.Name(),
		HomeDir: strings.ReplaceAll(home, "{username}", name), Permissions: map[string][]string{"/": permissions},
	}
	if at, ok := d.Key.Expires(); ok {
		user.ExpirationDate = at.UnixMilli()
	}
	x.json(http.StatusOK, "application/json", user)
}

// sftpgo reads a hook's question and decides. It returns false when it cannot,
// and has answered.
func (s *Server) sftpgo(x *exchange, o options) (sftpgoLogin, engine.Decision, bool) {
	var login sftpgoLogin
	raw, ok := x.body(maxHookBody)
	if !ok {
		return login, engine.Decision{}, false
	}
	if err := json.Unmarshal(raw, &login); err != nil {
		x.problem(http.StatusBadRequest, "bad_request", "The body must be the JSON that SFTPGo sends.")
		return login, engine.Decision{}, false
	}
	channel, ok := login.channel()
	if !ok {
		x.problem(http.StatusBadRequest, "bad_request", "The protocol must be SSH, FTP, DAV or HTTP.")
		return login, engine.Decision{}, false
	}
	req := engine.Request{
		Username: login.Username, Credential: login.Password, Channel: channel,
		API: o.api, App: o.app, Login: true, IP: netaddr.Parse(login.IP),
	}
	d, ok := s.decide(x, req)
	return login, d, ok
}

// sftpgoName is the user that an allowed log-in is for, in small letters: its
// folder must be one, however the name is written. A single token proves no
// user name, so its user is its Sid.
func sftpgoName(login sftpgoLogin, d engine.Decision) (name string, allowed bool) {
	if !d.Allowed() || d.Key == nil {
		return "", false
	}
	name = login.Username
	if strings.HasPrefix(login.Password, models.TokenPrefix) {
		name = d.Key.Sid()
	}
	return strings.ToLower(name), plainUsername(name)
}

// plainUsername reports whether a name may be a folder's.
func plainUsername(name string) bool {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	}
	return len(name) >= 3 && len(name) <= 64 && strings.Trim(name, ".") != "" &&
		strings.IndexFunc(name, func(c rune) bool { return !plain(c) }) < 0
}

// sftpgoTemplate reads the description of users in the endpoint's query: an
// absolute home folder and the permissions in it, by default all of them. It
// returns false for anything else.
func sftpgoTemplate(rawQuery string) (home string, permissions []string, ok bool) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil || len(query["home"]) != 1 || len(query["permissions"]) > 1 {
		return "", nil, false
	}
	home = query.Get("home")
	if home != path.Clean(home) || !path.IsAbs(home) || home == "/" {
		return "", nil, false
	}
	permissions = []string{"*"}
	if said := query["permissions"]; len(said) == 1 {
		permissions = strings.Split(said[0], ",")
	}
	for _, p := range permissions {
		if p != "*" && (p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz_") != "") {
			return "", nil, false
		}
	}
	return home, permissions, true
}
