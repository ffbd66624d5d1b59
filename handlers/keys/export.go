package keys

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/web"
)

// keyExporter is the part of the store that exports keys.
type keyExporter interface {
	// ExportKeys returns every key that the query matches and adds an audit row.
	ExportKeys(ctx context.Context, who models.Actor, q models.KeyQuery, format string) ([]models.KeyRow, error)
}

// exportedKey is a key as it is exported, without its value.
type exportedKey struct {
	Sid         string     `json:"sid"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Channel     string     `json:"channel"`
	Username    string     `json:"username"`
	Prefix      string     `json:"prefix"`
	Last4       string     `json:"last4"`
	Status      string     `json:"status"`
	ExpiresAt   *time.Time `json:"expires_at"`
	ScopeApps   string     `json:"scope_apps"`
	Apps        int        `json:"apps"`
	ScopeAPIs   string     `json:"scope_apis"`
	APIs        int        `json:"apis"`
	IPs         int        `json:"whitelist_size"`
	Requests    int        `json:"rate_requests"`
	Window      int        `json:"rate_window_seconds"`
	Owner       string     `json:"owner"`
	OwnerEmail  string     `json:"owner_email"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	LastUsedIP  string     `json:"last_used_ip"`
	LastUsedAPI string     `json:"last_used_api"`
}

// keyExport is the exported file in JSON.
type keyExport struct {
	Account    string        `json:"account"`
	ExportedAt time.Time     `json:"exported_at"`
	Keys       []exportedKey `json:"keys"`
}

// export sends a file of the keys that the list shows, on all its pages. It is a POST because it adds an audit row.
func (h handlers) export(c *web.Context) error {
	format := c.Value("format")
	if format != "csv" && format != "json" {
		return models.Refuse(models.CodeInvalid, "format", "errors.choice")
	}
	rows, err := h.store.ExportKeys(c.Ctx(), c.Actor, h.query(c, c.Request().PostForm), format)
	if err != nil {
		return err
	}
	file := keyExport{Account: c.Account.Slug, ExportedAt: c.Now(), Keys: make([]exportedKey, len(rows))}
	for i := range rows {
		file.Keys[i] = exported(&rows[i])
	}
	name := file.Account + "-api-keys-" + c.Now().Format(time.DateOnly) + "." + format
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if format == "json" {
		data, err := json.MarshalIndent(file, "", "  ")
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/json; charset=utf-8", append(data, '\n'))
	}
	data, err := keysCSV(file.Keys)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", data)
}

func exported(r *models.KeyRow) exportedKey {
	status := "disabled"
	if r.Enabled {
		status = "enabled"
	}
	return exportedKey{
		Sid: r.Sid, Name: r.Name, Description: r.Description, Channel: string(r.Channel), Username: r.Username,
		Prefix: r.Prefix, Last4: r.Last4, Status: status, ExpiresAt: r.ExpiresAt,
		ScopeApps: string(r.ScopeApps), Apps: r.AppCount, ScopeAPIs: string(r.ScopeAPIs), APIs: r.APICount, IPs: r.IPCount,
		Requests: r.RateRequests, Window: r.RateWindowSec,
		Owner: r.OwnerName, OwnerEmail: r.OwnerEmail, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt,
		LastUsedAt: r.LastUsedAt, LastUsedIP: r.LastUsedIP, LastUsedAPI: r.LastUsedAPI,
	}
}

// keysCSV writes the keys in the format of RFC 4180. It begins with a byte order mark, without which Excel reads
// Chinese as Latin letters.
func keysCSV(keys []exportedKey) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\uFEFF")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	header := []string{
		"sid", "name", "description", "channel", "username", "prefix", "last4", "status", "expires_at",
		"scope_apps", "apps", "scope_apis", "apis", "whitelist_size", "rate_requests", "rate_window_seconds",
		"owner", "owner_email", "created_by", "created_at", "last_used_at", "last_used_ip", "last_used_api",
	}
	lines := [][]string{header}
	for _, k := range keys {
		lines = append(lines, []string{
			k.Sid, noFormula(k.Name), noFormula(k.Description), k.Channel, noFormula(k.Username), noFormula(k.Prefix), noFormula(k.Last4), k.Status, stampOf(k.ExpiresAt),
			k.ScopeApps, strconv.Itoa(k.Apps), k.ScopeAPIs, strconv.Itoa(k.APIs), strconv.Itoa(k.IPs), strconv.Itoa(k.Requests), strconv.Itoa(k.Window),
			noFormula(k.Owner), noFormula(k.OwnerEmail), noFormula(k.CreatedBy), stampOf(&k.CreatedAt), stampOf(k.LastUsedAt), k.LastUsedIP, noFormula(k.LastUsedAPI),
		})
	}
	err := w.WriteAll(lines)
	return out.Bytes(), err
}

// noFormula prefixes an apostrophe to text that a spreadsheet could run as a formula.
func noFormula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

func stampOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
