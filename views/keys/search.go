package keys

import (
	"context"
	"strconv"

	"keywicket/views"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Names of the fields of a query for keys: in the address, and in the forms
// that search and export.
const (
	FieldSearch  = "q"
	FieldFilter  = "filter"
	FieldChannel = "channel"
	FieldCreator = "by"
	FieldUnused  = "unused"
	FieldSort    = "sort"
	FieldPage    = "page"
)

// queryFields returns the fields of a query by their names. Fields that the
// query does not set are absent.
func queryFields(q models.KeyQuery) map[string]string {
	fields := map[string]string{
		FieldSearch: q.Search, FieldFilter: string(q.Filter), FieldChannel: string(q.Channel),
		FieldCreator: q.CreatedBy, FieldSort: string(q.Sort),
	}
	if q.OwnerID != 0 {
		fields[views.OwnerField] = strconv.FormatInt(q.OwnerID, 10)
	}
	if q.Unused {
		fields[FieldUnused] = "1"
	}
	for name, value := range fields {
		if value == "" {
			delete(fields, name)
		}
	}
	return fields
}

// ListHref returns the address of the list for the query. It contains the whole
// query, so that it can be shared and reloaded.
func ListHref(root string, q models.KeyQuery) string {
	return ui.Address(root, queryFields(q), q.Page)
}

// key returns the address of a key.
func (m KeyList) key(sid string) string { return m.Root + "/" + sid }

// with returns the address of the list after a change of its query.
func (m KeyList) with(change func(*models.KeyQuery)) string {
	q := m.Query
	q.Page = 1
	change(&q)
	return ListHref(m.Root, q)
}

// clearHref returns the address of the list without search and filters.
func (m KeyList) clearHref() string {
	return ListHref(m.Root, models.KeyQuery{Sort: m.Query.Sort})
}

// pageHref returns the address of a page of the list.
func (m KeyList) pageHref(n int) string {
	return m.with(func(q *models.KeyQuery) { q.Page = n })
}

// filterHref returns the address of the list with another filter.
func (m KeyList) filterHref(f models.KeyFilter) string {
	return m.with(func(q *models.KeyQuery) { q.Filter = f })
}

// sortHref returns the address of the list in another order.
func (m KeyList) sortHref(by models.KeySort) string {
	return m.with(func(q *models.KeyQuery) { q.Sort = by })
}

// keyChip is an active filter with the address that removes it.
type keyChip struct {
	Text string
	Href string
}

// chips returns the active filters, except for the one of the segments.
func (m KeyList) chips(ctx context.Context) []keyChip {
	var chips []keyChip
	add := func(on bool, label, value string, off func(*models.KeyQuery)) {
		if on {
			chips = append(chips, keyChip{i18n.T(ctx, "search.chip", "Label", label, "Value", value), m.with(off)})
		}
	}
	q := m.Query
	add(q.Channel != "", i18n.T(ctx, "search.channel"), terms.ChannelName(ctx, q.Channel), func(q *models.KeyQuery) { q.Channel = "" })
	add(q.OwnerID != 0, i18n.T(ctx, "search.owner"), m.ownerName(q.OwnerID), func(q *models.KeyQuery) { q.OwnerID = 0 })
	add(q.CreatedBy != "", i18n.T(ctx, "search.creator"), q.CreatedBy, func(q *models.KeyQuery) { q.CreatedBy = "" })
	if q.Unused {
		chips = append(chips, keyChip{i18n.T(ctx, "search.unused", "Days", models.UnusedDays), m.with(func(q *models.KeyQuery) { q.Unused = false })})
	}
	return chips
}

// ownerName returns the name of a user whose keys are in the list.
func (m KeyList) ownerName(id int64) string {
	for _, o := range m.Page.Owners {
		if o.ID == id {
			return terms.PersonName(o.Name, o.Email)
		}
	}
	return strconv.FormatInt(id, 10)
}

// anyChannel returns the channels as options, after one for all.
func anyChannel(ctx context.Context) []ui.Option {
	return append([]ui.Option{{Label: i18n.T(ctx, "search.channel.all")}}, terms.ChannelOptions(ctx)...)
}

// ownerOptions returns the owners of keys as options. Owners with the same name
// are distinguished by their e-mail.
func (m KeyList) ownerOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "search.owner.all")}}
	named := map[string]int{}
	for _, o := range m.Page.Owners {
		named[o.Name]++
	}
	for _, o := range m.Page.Owners {
		label := terms.PersonName(o.Name, o.Email)
		if named[o.Name] > 1 && o.Name != "" {
			label += " · " + o.Email
		}
		options = append(options, ui.Option{Value: strconv.FormatInt(o.ID, 10), Label: label})
	}
	return options
}

// creatorOptions returns the names of the keys' creators as options.
func (m KeyList) creatorOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "search.creator.all")}}
	for _, name := range m.Page.Creators {
		options = append(options, ui.Option{Value: name, Label: name})
	}
	return options
}

// sortOptions returns the orders of the list as options.
func sortOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: string(models.SortCreated), Label: i18n.T(ctx, "search.sort.created")},
		{Value: string(models.SortName), Label: i18n.T(ctx, "search.sort.name")},
		{Value: string(models.SortUsed), Label: i18n.T(ctx, "search.sort.used")},
		{Value: string(models.SortExpiry), Label: i18n.T(ctx, "search.sort.expiry")},
	}
}

// exportFields returns the fields that export the list as it is shown.
func (m KeyList) exportFields(format string) map[string]string {
	fields := queryFields(m.Query)
	fields["format"] = format
	return fields
}

// showsExpiry reports whether rows show the expiry date, because the list is
// filtered or sorted by it.
func (m KeyList) showsExpiry() bool {
	return m.Query.Sort == models.SortExpiry
}
