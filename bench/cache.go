package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/mailworthy/mailworthy/resolver"
)

// cacheNames is how many names the comparison of hits chooses from.
const cacheNames = 10_000

// textAnswer is what a domain with an SPF record and a verification token has: two
// TXT records of 108 and 68 octets. Each call allocates anew, as a decoder does.
func textAnswer() resolver.Answer {
	return resolver.Answer{
		Status: resolver.Success,
		TXT: []resolver.Text{
			{"v=spf1 " + strings.Repeat("a", 101)},
			{"verification=" + strings.Repeat("b", 55)},
		},
		TTL:    3600,
		Server: "192.0.2.53:53",
	}
}

// textQuestion asks for the texts of one of many names of 26 octets.
func textQuestion(i int) resolver.Question {
	return resolver.Question{Name: fmt.Sprintf("mail-%09d.example.org", i), Type: resolver.TypeTXT}
}

var textResolver = resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
	return textAnswer(), nil
})

var errMiss = errors.New("a name is not in the cache")

// cacheWorkload is hits at names drawn uniformly. The floor is sync.Map, which
// knows neither times nor limits nor counters.
func cacheWorkload() (workload, error) {
	ctx := context.Background()
	questions := make([]resolver.Question, cacheNames)
	var floor sync.Map
	cache := &resolver.Cache{Next: textResolver, Entries: 4 * cacheNames}
	for i := range questions {
		questions[i] = textQuestion(i)
		a, err := cache.Lookup(ctx, questions[i])
		if err != nil {
			return workload{}, err
		}
		floor.Store(questions[i], &a)
	}
	inMap := func(q resolver.Question) bool {
		v, ok := floor.Load(q)
		a, _ := v.(*resolver.Answer)
		return ok && len(a.TXT) == 2
	}
	inCache := func(q resolver.Question) bool {
		a, err := cache.Lookup(ctx, q)
		return err == nil && len(a.TXT) == 2
	}
	w := workload{name: "cache hit"}
	for _, goroutines := range []int{1, 2} {
		w.contenders = append(w.contenders,
			contender{cacheContender("sync.Map", goroutines), hits(inMap, questions, goroutines)},
			contender{cacheContender("mailworthy Cache", goroutines), hits(inCache, questions, goroutines)})
	}
	return w, nil
}

func cacheContender(name string, goroutines int) string {
	return fmt.Sprintf("%s, goroutines=%d", name, goroutines)
}

// hits divides n look-ups among goroutines.
func hits(found func(resolver.Question) bool, questions []resolver.Question, goroutines int) func(int) error {
	draw := func(n int, seed uint64) error {
		x := seed
		for range n {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			if !found(questions[x%uint64(len(questions))]) {
				return errMiss
			}
		}
		return nil
	}
	return func(n int) error {
		errs := make([]error, goroutines)
		var wg sync.WaitGroup
		for g := 1; g < goroutines; g++ {
			wg.Go(func() { errs[g] = draw(n/goroutines, uint64(g+1)*0x9e3779b97f4a7c15) })
		}
		errs[0] = draw(n-n/goroutines*(goroutines-1), 0x9e3779b97f4a7c15)
		wg.Wait()
		return errors.Join(errs...)
	}
}

func compareCache(s settings, r *report) error {
	w, err := cacheWorkload()
	if err != nil {
		return err
	}
	used, err := r.compare(s, w)
	if err != nil {
		return err
	}
	rows := [][]string{{"cache: op/s of 2 goroutines", "x op/s of 1"}}
	for _, name := range []string{"sync.Map", "mailworthy Cache"} {
		scale := used.ratio(cacheContender(name, 1), cacheContender(name, 2), wall)
		rows = append(rows, []string{name, figure(scale)})
	}
	for _, goroutines := range []int{1, 2} {
		floor, cache := cacheContender("sync.Map", goroutines), cacheContender("mailworthy Cache", goroutines)
		r.atMost(2.5, used.ratio(cache, floor, cpu), fmt.Sprintf("cache hit: CPU in multiples of sync.Map's, goroutines=%d", goroutines))
		r.atMost(0, used.median(cache, allocs), fmt.Sprintf("cache hit: allocations, goroutines=%d", goroutines))
	}
	return r.table(rows)
}
