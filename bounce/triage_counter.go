package bounce

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// counter counts the most frequent keys in bounded memory. Its entries are a heap
// with the least frequent on top, which a new key takes the place of.
type counter[V any] struct {
	entries []*entry[V]
	index   map[string]*entry[V]
}

// entry is a key that is counted. The count may be too high by error, which is what
// the entry had whose place it took.
type entry[V any] struct {
	key          string
	count, error int64
	value        V
	first, last  time.Time
	hours        hours
	at           int // in the heap
}

// hours counts the last day by hours.
type hours struct {
	last   int64 // the hour that was counted last, since 1970
	counts [24]int64
}

// find returns the entry of a key, or nil.
func (c *counter[V]) find(key string) *entry[V] {
	if key == "" {
		return nil
	}
	return c.index[key]
}

// add counts n for a key. An entry whose value is zero is a new one, which the
// caller fills.
func (c *counter[V]) add(key []byte, n int64, size int, at time.Time) *entry[V] {
	if c.index == nil {
		c.index = make(map[string]*entry[V])
	}
	key = key[:min(len(key), 2*maxName)]
	e := c.index[string(key)]
	switch {
	case e != nil:
	case len(c.entries) < size:
		e = &entry[V]{key: string(key), at: len(c.entries)}
		c.entries = append(c.entries, e)
		c.index[e.key] = e
		c.up(e.at)
	default:
		e = c.entries[0]
		delete(c.index, e.key)
		*e = entry[V]{key: string(key), count: e.count, error: e.count}
		c.index[e.key] = e
	}
	e.count += n
	c.down(e.at)
	if !at.IsZero() {
		if e.first.IsZero() || at.Before(e.first) {
			e.first = at
		}
		if at.After(e.last) {
			e.last = at
		}
		e.hours.add(at.Unix()/hour, n)
	}
	return e
}

func (c *counter[V]) less(i, j int) bool {
	a, b := c.entries[i], c.entries[j]
	return a.count < b.count || a.count == b.count && a.key < b.key
}

func (c *counter[V]) swap(i, j int) {
	c.entries[i], c.entries[j] = c.entries[j], c.entries[i]
	c.entries[i].at, c.entries[j].at = i, j
}

func (c *counter[V]) up(i int) {
	for i > 0 && c.less(i, (i-1)/2) {
		c.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (c *counter[V]) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(c.entries) {
			return
		}
		if child+1 < len(c.entries) && c.less(child+1, child) {
			child++
		}
		if !c.less(child, i) {
			return
		}
		c.swap(i, child)
		i = child
	}
}

// sorted returns the entries, the most frequent first.
func (c *counter[V]) sorted() []*entry[V] {
	out := slices.Clone(c.entries)
	slices.SortFunc(out, func(a, b *entry[V]) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.key, b.key))
	})
	return out
}

// least returns the count that a key which is not kept may have at most.
func (c *counter[V]) least(size int) int64 {
	if len(c.entries) < size {
		return 0
	}
	return c.entries[0].count
}

// merge adds the entries of another counter. What one of the two does not keep may
// have been there as often as its least frequent, which is added to the error (Agarwal
// and others, Mergeable Summaries, 2012). join joins the values of an entry in both.
func (c *counter[V]) merge(other *counter[V], size int, join func(mine *V, other V)) {
	mine, theirs := c.least(size), other.least(max(size, len(other.entries)))
	if len(other.entries) < size {
		theirs = 0
	}
	all := make([]*entry[V], 0, len(c.entries)+len(other.entries))
	for _, e := range c.entries {
		if o := other.index[e.key]; o != nil {
			e.count += o.count
			e.error += o.error
			join(&e.value, o.value)
			e.times(o)
		} else {
			e.count += theirs
			e.error += theirs
		}
		all = append(all, e)
	}
	for _, o := range other.entries {
		if c.index[o.key] == nil {
			e := *o
			e.count += mine
			e.error += mine
			all = append(all, &e)
		}
	}
	slices.SortFunc(all, func(a, b *entry[V]) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.key, b.key))
	})
	all = all[:min(len(all), size)]
	slices.Reverse(all) // Ascending order is a heap.
	c.entries, c.index = all, make(map[string]*entry[V], len(all))
	for i, e := range all {
		e.at = i
		c.index[e.key] = e
	}
}

// times joins the times of two entries of one key.
func (e *entry[V]) times(o *entry[V]) {
	if e.first.IsZero() || !o.first.IsZero() && o.first.Before(e.first) {
		e.first = o.first
	}
	if o.last.After(e.last) {
		e.last = o.last
	}
	for i := range int64(len(o.hours.counts)) {
		at := o.hours.last - i
		if n := o.hours.counts[slot(at)]; n > 0 {
			e.hours.add(at, n)
		}
	}
}

func slot(hour int64) int64 { return (hour%24 + 24) % 24 }

// add counts n in an hour. Hours more than a day before the last are passed over.
func (h *hours) add(at, n int64) {
	switch {
	case at > h.last:
		if at-h.last >= 24 {
			clear(h.counts[:])
		} else {
			for i := h.last + 1; i <= at; i++ {
				h.counts[slot(i)] = 0
			}
		}
		h.last = at
	case h.last-at >= 24:
		return
	}
	h.counts[slot(at)] += n
}

// trend compares the last hour with those before, back to the first.
func (e *entry[V]) trend() Trend {
	if e.first.IsZero() {
		return ""
	}
	before := min(e.hours.last-e.first.Unix()/hour, 23)
	if before < 1 {
		return ""
	}
	var sum int64
	for i := int64(1); i <= before; i++ {
		sum += e.hours.counts[slot(e.hours.last-i)]
	}
	last := e.hours.counts[slot(e.hours.last)]
	switch {
	case last >= 20 && last*before > 5*sum:
		return TrendSpike
	case last*before > 2*sum:
		return TrendRising
	case 2*last*before < sum:
		return TrendFalling
	}
	return TrendSteady
}
