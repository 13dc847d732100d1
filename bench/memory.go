package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/mailworthy/mailworthy/resolver"
)

// newStore makes a place for names: a function that stores the i-th with its
// answer, and one that tells how many there are.
type newStore func(names int) (store func(i int) error, entries func() int)

// memoryStores are what the comparison of memory fills.
var memoryStores = []struct {
	name string
	make newStore
}{
	{"Go map of answers", func(int) (func(int) error, func() int) {
		m := make(map[resolver.Question]*resolver.Answer)
		return func(i int) error {
			a := textAnswer()
			m[textQuestion(i)] = &a
			return nil
		}, func() int { return len(m) }
	}},
	{"mailworthy Cache", func(names int) (func(int) error, func() int) {
		// Shards do not fill evenly, and nothing is to be evicted.
		c := &resolver.Cache{Next: textResolver, Entries: names + names/4, Bytes: 1 << 40}
		return func(i int) error {
			_, err := c.Lookup(context.Background(), textQuestion(i))
			return err
		}, func() int { return c.Stats().Entries }
	}},
}

// bytesPerEntry fills a store and returns what an entry takes of the heap.
func bytesPerEntry(names int, newStore newStore) (float64, error) {
	before := liveHeap()
	store, entries := newStore(names)
	for i := range names {
		if err := store(i); err != nil {
			return 0, err
		}
	}
	after := liveHeap()
	if n := entries(); n != names { // The store lives until here.
		return 0, errors.New("not all names are kept: " + fmt.Sprint(n))
	}
	return (float64(after) - float64(before)) / float64(names), nil
}

// liveHeap is the heap in use, after what finalisers left behind has gone as well.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func compareMemory(s settings, r *report) error {
	rows := [][]string{{fmt.Sprintf("memory names=%d", s.names), "heap B/entry"}}
	for _, c := range memoryStores {
		perEntry, err := bytesPerEntry(s.names, c.make)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		rows = append(rows, []string{c.name, figure(perEntry)})
		if c.name == "mailworthy Cache" {
			r.atMost(420, perEntry, "memory: heap bytes per entry")
		}
	}
	return r.table(rows)
}
