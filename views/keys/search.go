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

// Names of what a query of keys asks for: in the address, and in the forms
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

// queryFields returns what a query asks for, by its name; nothing for what it
// leaves open.
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

// ListHref returns the address of the list that q asks for. All of it stands
// in the address, so that it can be shared and reloaded.
func ListHref(root string, q models.KeyQuery) string {
	return ui.Address(root, queryFields(q), q.Page)
}

func (m KeyList) key(sid string) string { return m.Root + "/" + sid }

// with is the address of the list after a change of what it asks for.
func (m KeyList) with(change func(*models.KeyQuery)) string {
	q := m.Query
	q.Page = 1
	change(&q)
	return ListHref(m.Root, q)
}

// clearHref is the list with nothing sought and nothing left out.
func (m KeyList) clearHref() string {
	return ListHref(m.Root, models.KeyQuery{Sort: m.Query.Sort})
}

func (m KeyList) pageHref(n int) string {
	return m.with(func(q *models.KeyQuery) { q.Page = n })
}

func (m KeyList) filterHref(f models.KeyFilter) string {
	return m.with(func(q *models.KeyQuery) { q.Filter = f })
}

func (m KeyList) sortHref(by models.KeySort) string {
	return m.with(func(q *models.KeyQuery) { q.Sort = by })
}

// keyChip is one filter that is on, with the way to take it off.
type keyChip struct {
	Text string
	Href string
}

// chips are the filters that are on, but for the one of the segments.
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

// ownerName is what to call somebody whose keys are listed.
func (m KeyList) ownerName(id int64) string {
	for _, o := range m.Page.Owners {
		if o.ID == id {
			return terms.PersonName(o.Name, o.Email)
		}
	}
	return strconv.FormatInt(id, 10)
}

func anyChannel(ctx context.Context) []ui.Option {
	return append([]ui.Option{{Label: i18n.T(ctx, "search.channel.all")}}, terms.ChannelOptions(ctx)...)
}

// ownerOptions are the people whose keys there are. Two of one name are told
// apart by their e-mail.
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

func (m KeyList) creatorOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "search.creator.all")}}
	for _, name := range m.Page.Creators {
		options = append(options, ui.Option{Value: name, Label: name})
	}
	return options
}

func sortOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: string(models.SortCreated), Label: i18n.T(ctx, "search.sort.created")},
		{Value: string(models.SortName), Label: i18n.T(ctx, "search.sort.name")},
		{Value: string(models.SortUsed), Label: i18n.T(ctx, "search.sort.used")},
		{Value: string(models.SortExpiry), Label: i18n.T(ctx, "search.sort.expiry")},
	}
}

// exportFields are what a form needs to export the list as it is seen.
func (m KeyList) exportFields(format string) map[string]string {
	fields := queryFields(m.Query)
	fields["format"] = format
	return fields
}

// showsExpiry reports whether the row tells its date: where the list is about
// dates.
func (m KeyList) showsExpiry() bool {
	return m.Query.Sort == models.SortExpiry
}
