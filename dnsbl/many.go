package dnsbl

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
)

// Batch is a pool of targets, such as the addresses that a service sends from.
type Batch struct {
	Targets []Target `json:"targets"`
	// Lists and Keyed are as in [Request]. Health is, too, but for one thing: if nil,
	// the lists' health is asked for once, before the first target.
	Lists  []List       `json:"lists,omitempty"`
	Keyed  []string     `json:"keyed,omitempty"`
	Health []ListHealth `json:"health,omitempty"`
	// Parallel is how many targets are checked at once. Zero or less means 4.
	Parallel int `json:"parallel,omitzero"`
	// Quotas are how many questions about targets each list may be asked, by zone: one
	// for each name, without those for controls and for reasons. A list without a quota
	// is asked without limit. When a quota is used up, the list is
	// not asked any more, and says so in the results.
	Quotas map[string]int `json:"quotas,omitempty"`
	// Progress is where to begin, and is kept up to date. With the Progress of a batch
	// that was broken off, the same Batch goes on where that one ended. If nil, it
	// begins with the first target.
	Progress *Progress `json:"progress,omitempty"`
}

// Progress is how far a [Batch] has come. It is plain data, to be stored.
type Progress struct {
	// Next is the index of the first target whose result nobody has seen.
	Next int `json:"next"`
	// Used is how many questions about targets each list was asked, by zone: with those
	// whose results nobody waited for. Remove it to begin with fresh quotas.
	Used map[string]int `json:"used,omitempty"`
}

const defaultParallel = 4

// CheckMany checks the targets of a batch, several at once, and yields their results in
// the order of the targets, each as soon as it is there and those before it were
// yielded. A target that makes no sense has an empty Status and a finding.
//
// It ends early when the loop over it does, or when ctx ends: then Progress.Next is less
// than the number of targets, and nothing of it runs any more. Progress is up to date
// while the loop's body runs, the target that the body has counted as seen.
func (c Checker) CheckMany(ctx context.Context, b Batch) iter.Seq2[Target, Result] {
	return func(yield func(Target, Result) bool) {
		p := b.Progress
		if p == nil {
			p = new(Progress)
		}
		if p.Next < 0 || p.Next >= len(b.Targets) {
			return
		}
		if b.Health == nil {
			h, err := c.CheckHealth(ctx, HealthRequest{Lists: b.Lists, Keyed: b.Keyed})
			if err != nil {
				return
			}
			b.Health = h.Lists
		}
		c.many(ctx, b, p, yield)
	}
}

type outcome struct {
	res Result
	err error
}

func (c Checker) many(ctx context.Context, b Batch, p *Progress, yield func(Target, Result) bool) {
	parallel := b.Parallel
	if parallel <= 0 {
		parallel = defaultParallel
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quota := newQuota(&b, c.Keys.providers(b.Keyed), p)
	var underWay []chan outcome // of the targets from p.Next on
	for p.Next < len(b.Targets) {
		for len(underWay) < parallel && p.Next+len(underWay) < len(b.Targets) {
			req := Request{Target: b.Targets[p.Next+len(underWay)], Lists: b.Lists, Keyed: b.Keyed, Health: b.Health}
			req.Spent = quota.take(req.Target)
			done := make(chan outcome, 1)
			underWay = append(underWay, done)
			wg.Go(func() {
				res, err := c.Check(ctx, req)
				done <- outcome{res, err}
			})
		}
		out := <-underWay[0]
		if out.err != nil && !errors.Is(out.err, ErrTarget) {
			return // The context has ended, and the result with it.
		}
		underWay = underWay[1:]
		p.Next++
		if !yield(b.Targets[p.Next-1], out.res) {
			return
		}
	}
}

// quota counts questions about targets.
type quota struct {
	limits map[string]int // by zone in normal form
	used   map[string]int
	lists  []List // that have a limit, with their zones in normal form
	keyed  asker
}

func newQuota(b *Batch, keyed []string, p *Progress) *quota {
	q := &quota{limits: make(map[string]int, len(b.Quotas)), keyed: asker{keyed: keyed}}
	if len(b.Quotas) == 0 {
		return q
	}
	for zone, n := range b.Quotas {
		if z, ok := normalZone(zone); ok {
			q.limits[z] = n
		}
	}
	if p.Used == nil {
		p.Used = make(map[string]int)
	}
	q.used = p.Used
	for _, l := range effective(b.Lists, &q.keyed) {
		z, ok := normalZone(l.Zone)
		if _, limited := q.limits[z]; ok && limited {
			l.Zone = z
			q.lists = append(q.lists, l)
		}
	}
	return q
}

// effective returns the lists that a request means.
func effective(lists []List, e *asker) []List {
	if lists != nil {
		return lists
	}
	out := slices.Clone(defaults)
	for i := range withKeys {
		if e.has(withKeys[i].Provider()) {
			out = append(out, withKeys[i])
		}
	}
	return out
}

// take counts the questions for a target, and returns the zones of lists that may not
// be asked them.
func (q *quota) take(t Target) (spent []string) {
	p, ok := locate(t)
	if !ok || p.why != "" {
		return nil
	}
	for i := range q.lists {
		l := &q.lists[i]
		if !l.Lists(p.kind) {
			continue
		}
		zone := l.Zone
		if _, reason := q.keyed.zone(l, zone, p.kind); reason != "" {
			continue
		}
		if slices.Contains(spent, zone) {
			continue
		}
		if n := len(p.names(l)) - q.counted(i, zone, &p); n > 0 && q.used[zone]+n > q.limits[zone] {
			spent = append(spent, zone)
		} else {
			q.used[zone] += max(n, 0)
		}
	}
	return spent
}

// counted returns how many questions the lists before the one at i have with it: a list
// that is there twice is asked once.
func (q *quota) counted(i int, zone string, p *place) (n int) {
	for j := range i {
		if q.lists[j].Zone == zone && q.lists[j].Lists(p.kind) {
			n = max(n, len(p.names(&q.lists[j])))
		}
	}
	return n
}
