package keys

import (
	"context"
	"slices"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// reasonWord returns the words for a gate's reason in a legend.
func reasonWord(ctx context.Context, reason string) string {
	id := "keys.reason.other"
	switch reason {
	case models.ReasonAllowed:
		id = "keys.reason.allowed"
	case "key_disabled":
		id = "keys.reason.key_disabled"
	case "key_expired":
		id = "keys.reason.key_expired"
	case "account_suspended":
		id = "keys.reason.account_suspended"
	case "channel_denied":
		id = "keys.reason.channel_denied"
	case "ip_denied":
		id = "keys.reason.ip_denied"
	case "plugin_denied":
		id = "keys.reason.plugin_denied"
	case "api_unknown":
		id = "keys.reason.api_unknown"
	case "api_denied":
		id = "keys.reason.api_denied"
	case "app_undetermined":
		id = "keys.reason.app_undetermined"
	case "app_denied":
		id = "keys.reason.app_denied"
	case "rate_limited":
		id = "keys.reason.rate_limited"
	}
	return i18n.T(ctx, id)
}

// chart returns the key's usage: allowed requests at the bottom, denied ones
// above, the most frequent reason first.
func (m KeyDetails) chart(ctx context.Context) ui.ChartParams {
	dates := lastDays(m.Now, models.ChartDays)
	sums := map[string]int64{models.ReasonAllowed: 0}
	for _, d := range m.Usage {
		sums[d.Reason] += d.Count
	}
	reasons := make([]string, 0, len(sums))
	for reason := range sums {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		switch {
		case a == models.ReasonAllowed:
			return -1
		case b == models.ReasonAllowed:
			return 1
		case sums[a] != sums[b]:
			return int(sums[b] - sums[a])
		case a < b:
			return -1
		default:
			return 1
		}
	})
	p := ui.ChartParams{Label: i18n.T(ctx, "keys.usage.chart")}
	at := make(map[string]int, len(reasons))
	for i, reason := range reasons {
		s := ui.Series{Name: reasonWord(ctx, reason), Tone: ui.Bad}
		if reason == models.ReasonAllowed {
			s.Tone = ui.OK
		}
		p.Series, at[reason] = append(p.Series, s), i
	}
	for _, day := range dates {
		p.Days = append(p.Days, ui.ChartDay{Day: day, Parts: make([]int, len(reasons))})
	}
	for _, d := range m.Usage {
		if i, ok := slices.BinarySearch(dates, d.Day); ok {
			p.Days[i].Parts[at[d.Reason]] += int(d.Count)
		}
	}
	return p
}

// usageSentence returns a sentence that sums up the chart.
func (m KeyDetails) usageSentence(ctx context.Context) string {
	t := total(m.Usage, lastDays(m.Now, models.ChartDays)[0])
	if t.allowed+t.denied == 0 {
		return i18n.T(ctx, "keys.usage.none")
	}
	return i18n.T(ctx, "keys.usage.sum", "Requests", ui.Number(t.allowed+t.denied), "Denied", ui.Number(t.denied))
}

// eventWord returns the words for an event of a key's history.
func eventWord(ctx context.Context, e models.Event) string {
	switch e {
	case models.EventKeyCreate:
		return i18n.T(ctx, "keys.event.create")
	case models.EventKeyCopy:
		return i18n.T(ctx, "keys.event.copy")
	case models.EventKeyUpdate:
		return i18n.T(ctx, "keys.event.update")
	case models.EventKeyEnable:
		return i18n.T(ctx, "keys.event.enable")
	case models.EventKeyDisable:
		return i18n.T(ctx, "keys.event.disable")
	case models.EventKeyDelete:
		return i18n.T(ctx, "keys.event.delete")
	case models.EventKeyReveal:
		return i18n.T(ctx, "keys.event.reveal")
	case models.EventKeyRotate:
		return i18n.T(ctx, "keys.event.credentials")
	case models.EventKeyPreviousEnd:
		return i18n.T(ctx, "keys.event.old.stop")
	default:
		return string(e)
	}
}

// eventIcon returns the icon of an event.
func eventIcon(e models.Event) string {
	switch e {
	case models.EventKeyCreate:
		return "plus"
	case models.EventKeyCopy:
		return "files"
	case models.EventKeyEnable:
		return "power"
	case models.EventKeyDisable:
		return "power-off"
	case models.EventKeyReveal:
		return "eye"
	case models.EventKeyDelete:
		return "trash-2"
	case models.EventKeyRotate, models.EventKeyPreviousEnd:
		return "refresh-cw"
	default:
		return "pencil"
	}
}
