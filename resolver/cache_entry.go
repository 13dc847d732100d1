package resolver

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
	"unique"
	"unsafe"
)

// cacheEntry is an outcome as it is stored. Once it is, nothing changes but the
// links and the visited bit, so that it can be read without a lock when it was
// found.
//
// An Answer has room for the records of all types and is twice as large, hence
// the compact form: what a negative or TXT answer needs is inline, other usual
// answers have one slice behind rest, and whatever is unusual is there as a whole.
type cacheEntry struct {
	chain        *cacheEntry // the next in the bucket; the links are guarded by the shard's lock
	older, newer *cacheEntry // in the order of insertion
	slot         uint64
	name         string
	txt          []Text
	rest         any // nil, *[]netip.Addr, *[]string, *[]MXHost, *Answer or *cacheFailure
	server       unique.Handle[string]
	expires      int64 // nanoseconds on the store's clock
	visited      atomic.Bool
	kind         entryKind
	secure       bool
}

// cacheFailure is a failure to find out, and for how long it is remembered.
type cacheFailure struct {
	answer Answer
	err    error
	delay  int64
}

type entryKind uint8

const (
	entrySuccess entryKind = iota
	entryNoData
	entryNXDomain // stored once for all types of the name
	entryFailure
)

var entryStatus = [...]Status{Success, NoData, NXDomain}

// newEntry copies a definitive answer into an entry that is valid until expires.
// The copy shares no memory with the original, so that it neither keeps a
// message's buffer alive nor changes with it, and no slice has spare capacity, so
// that a caller's append cannot write into it.
func newEntry(name string, a *Answer, expires int64) *cacheEntry {
	e := &cacheEntry{expires: expires, secure: a.Secure, server: unique.Make(a.Server)}
	switch a.Status {
	case NoData:
		e.kind = entryNoData
	case NXDomain:
		e.kind = entryNXDomain
	}
	name, p := pack(name, a)
	e.name, e.txt, p.Server = name, p.TXT, e.server.Value()
	slices, unusual := 0, len(p.TLSA)+len(p.Alias)+len(p.Problem) > 0
	if len(p.TXT) > 0 {
		slices++
	}
	if len(p.Addrs) > 0 {
		slices++
		e.rest = new(p.Addrs)
	}
	if len(p.Hosts) > 0 {
		slices++
		e.rest = new(p.Hosts)
	}
	if len(p.MX) > 0 {
		slices++
		e.rest = new(p.MX)
	}
	if slices > 1 || unusual {
		e.rest = new(p)
	}
	return e
}

// newFailure is newEntry for a failure to find out, except that it leaves the
// times to whom stores it.
func newFailure(name string, a *Answer, err error) *cacheEntry {
	f := &cacheFailure{err: err}
	e := &cacheEntry{kind: entryFailure, rest: f, server: unique.Make(a.Server)}
	e.name, f.answer = pack(name, a)
	f.answer.TTL, f.answer.Server = 0, e.server.Value()
	return e
}

func (e *cacheEntry) status() Status {
	if f, ok := e.rest.(*cacheFailure); ok {
		return f.answer.Status
	}
	return entryStatus[e.kind]
}

// answer puts the Answer together again, with the seconds that are left of it.
func (e *cacheEntry) answer(now int64) (a Answer, err error) {
	switch r := e.rest.(type) {
	case *[]netip.Addr:
		a.Addrs = *r
	case *[]string:
		a.Hosts = *r
	case *[]MXHost:
		a.MX = *r
	case *Answer:
		a = *r
	case *cacheFailure:
		return r.answer, r.err
	}
	a.Status = entryStatus[e.kind]
	a.TXT = e.txt
	a.TTL = uint32((e.expires - now) / int64(time.Second))
	a.Secure = e.secure
	a.Server = e.server.Value()
	return a, nil
}

// aliased reports whether the name itself is an alias.
func (e *cacheEntry) aliased() bool {
	a, ok := e.rest.(*Answer)
	return ok && len(a.Alias) > 0
}

// dead reports whether the entry has no use any more. That of a failure outlasts
// the failure, because the next one is remembered for twice as long.
func (e *cacheEntry) dead(now int64) bool {
	if e.kind == entryFailure {
		now -= int64(maxFailure)
	}
	return now >= e.expires
}

// pack copies a name and an Answer, all texts into one string and the
// character-strings of all TXT records into one slice. It leaves out the Server,
// whose name all entries share.
func pack(name string, a *Answer) (string, Answer) {
	size := len(name) + len(a.Problem)
	for _, list := range [...][]string{a.Hosts, a.Alias} {
		for _, s := range list {
			size += len(s)
		}
	}
	for i := range a.MX {
		size += len(a.MX[i].Host)
	}
	texts := 0
	for _, t := range a.TXT {
		texts += len(t)
		for _, s := range t {
			size += len(s)
		}
	}
	var p packer
	p.Grow(size)
	name = p.text(name)
	b := Answer{
		Status: a.Status, TTL: a.TTL, Secure: a.Secure,
		Problem: p.text(a.Problem), Hosts: p.list(a.Hosts), Alias: p.list(a.Alias),
	}
	if len(a.Addrs) > 0 {
		b.Addrs = make([]netip.Addr, len(a.Addrs))
		copy(b.Addrs, a.Addrs)
	}
	if len(a.MX) > 0 {
		b.MX = make([]MXHost, len(a.MX))
		for i, mx := range a.MX {
			b.MX[i] = MXHost{Host: p.text(mx.Host), Pref: mx.Pref}
		}
	}
	if len(a.TXT) > 0 {
		b.TXT = make([]Text, len(a.TXT))
		all := make([]string, 0, texts)
		for i, t := range a.TXT {
			start := len(all)
			for _, s := range t {
				all = append(all, p.text(s))
			}
			b.TXT[i] = all[start:len(all):len(all)]
		}
	}
	if len(a.TLSA) > 0 {
		b.TLSA = make([]TLSA, len(a.TLSA))
		for i, r := range a.TLSA {
			r.Data = append(make([]byte, 0, len(r.Data)), r.Data...)
			b.TLSA[i] = r
		}
	}
	return name, b
}

// packer appends texts to one string, whose size is known before.
type packer struct{ strings.Builder }

func (p *packer) text(s string) string {
	start := p.Len()
	p.WriteString(s)
	return p.String()[start:]
}

func (p *packer) list(in []string) []string {
	if len(in) == 0 {
		return nil
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = p.text(s)
	}
	return out
}

// bucketBytes is what the hash table takes for an entry on average.
const bucketBytes = 12

// bytes estimates the memory that the entry uses, rounded up where the allocator
// does.
func (e *cacheEntry) bytes() int64 {
	n := bucketBytes + int(unsafe.Sizeof(*e)) + len(e.name) + textBytes(e.txt)
	switch r := e.rest.(type) {
	case *[]netip.Addr:
		n += int(unsafe.Sizeof(*r)) + len(*r)*int(unsafe.Sizeof(netip.Addr{}))
	case *[]string:
		n += int(unsafe.Sizeof(*r)) + stringBytes(*r)
	case *[]MXHost:
		n += int(unsafe.Sizeof(*r)) + mxBytes(*r)
	case *Answer:
		n += answerBytes(r) - textBytes(e.txt)
	case *cacheFailure:
		// The text of an error is about that of the Problem.
		n += int(unsafe.Sizeof(*r)-unsafe.Sizeof(r.answer)) + answerBytes(&r.answer) +
			int(unsafe.Sizeof(Error{})) + len(r.answer.Problem)
	}
	return int64(n+15) &^ 15
}

func answerBytes(a *Answer) int {
	n := int(unsafe.Sizeof(*a)) + len(a.Addrs)*int(unsafe.Sizeof(netip.Addr{})) +
		stringBytes(a.Hosts) + mxBytes(a.MX) + textBytes(a.TXT) + stringBytes(a.Alias) + len(a.Problem)
	for i := range a.TLSA {
		n += int(unsafe.Sizeof(a.TLSA[i])) + len(a.TLSA[i].Data)
	}
	return n
}

func stringBytes(list []string) int {
	n := len(list) * int(unsafe.Sizeof(""))
	for _, s := range list {
		n += len(s)
	}
	return n
}

func mxBytes(list []MXHost) int {
	n := len(list) * int(unsafe.Sizeof(MXHost{}))
	for i := range list {
		n += len(list[i].Host)
	}
	return n
}

func textBytes(list []Text) int {
	n := len(list) * int(unsafe.Sizeof(Text{}))
	for _, t := range list {
		n += stringBytes(t)
	}
	return n
}
