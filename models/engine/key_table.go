package engine

// keyTable finds keys by id. The ids of a store are dense, so pages of them
// take half of the memory of a plain map.
type keyTable map[int64]*keyPage

const pageSize = 32

type keyPage [pageSize]*Key

// pageOf returns the page of an id and the place in it, for ids below zero too.
func pageOf(id int64) (page int64, place int) {
	page = id / pageSize
	if id%pageSize < 0 {
		page--
	}
	return page, int(id - page*pageSize)
}

func (t keyTable) get(id int64) *Key {
	page, place := pageOf(id)
	if p := t[page]; p != nil {
		return p[place]
	}
	return nil
}

func (t keyTable) set(k *Key) {
	page, place := pageOf(k.id)
	p := t[page]
	if p == nil {
		p = &keyPage{}
		t[page] = p
	}
	p[place] = k
}

func (t keyTable) remove(id int64) {
	page, place := pageOf(id)
	p := t[page]
	if p == nil {
		return
	}
	p[place] = nil
	if *p == (keyPage{}) {
		delete(t, page)
	}
}
