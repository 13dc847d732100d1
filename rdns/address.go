package rdns

import (
	"net/netip"
	"slices"
	"strings"
)

// place is where a name holds an address, or a number that may stand for one.
type place struct {
	start, end int
	rule       string
	weight     int
	reason     string
	// first and last are where the first two octets and the last two end, if they were
	// seen: some names have them in different labels.
	first, last int
}

// better keeps the rule that says more.
func (p *place) better(start, end int, rule string, weight int, reason string) {
	if p.rule == "" || weight > p.weight {
		*p = place{start, end, rule, weight, reason, p.first, p.last}
	}
}

// findAddress looks for the address in a name, in any of the notations that are in use.
// Without a valid address it finds four groups of any address.
func findAddress(ip netip.Addr, n string) (p place) {
	if ip.Is6() {
		findNibbles(ip.As16(), n, &p)
		findGroups(ip.As16(), n, &p)
		return p
	}
	if !hasDigit(n) {
		return p
	}
	var octets [4]byte
	if ip.Is4() {
		octets = ip.As4()
		findHex(octets, n, &p)
	}
	findDecimal(octets, n, &p)
	return p
}

// separator reports whether c may stand between the parts of an address.
func separator(c byte) bool { return c == '-' || c == '.' || c == '_' || c == 'x' }

func hexDigit(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' }

// group is a number in a name.
type group struct{ value, start, end int }

// findDecimal looks for the octets as numbers: 192-0-2-1, 1.2.0.192, 192.000.002.001,
// 192000002001, 19202001, and parts of these.
func findDecimal(octets [4]byte, n string, p *place) {
	var last [4]group // the groups of the present chain, the latest at the end
	chain := 0
	for i := 0; i < len(n); {
		if !digit(n[i]) {
			i++
			continue
		}
		start := i
		for i < len(n) && digit(n[i]) {
			i++
		}
		if i-start > 3 {
			chain = 0
			findRun(octets, n, start, i, p)
			continue
		}
		value := 0
		for _, c := range []byte(n[start:i]) {
			value = value*10 + int(c-'0')
		}
		if value > 255 {
			chain = 0
			continue
		}
		if prev := last[3]; chain == 0 || start != prev.end+1 || !separator(n[prev.end]) {
			chain = 0
		}
		chain++
		copy(last[:], last[1:])
		last[3] = group{value, start, i}
		compareGroups(octets, last[4-min(chain, 4):], p)
	}
}

// compareGroups looks whether the latest groups of a chain are the address or a part.
func compareGroups(octets [4]byte, chain []group, p *place) {
	end := chain[len(chain)-1].end
	if len(chain) == 4 {
		start := chain[0].start
		switch {
		case equalGroups(chain, octets[:]):
			p.better(start, end, "address", weightAddress, "it holds the address")
		case equalReversed(chain, octets[:]):
			p.better(start, end, "address-reversed", weightAddress, "it holds the address in reverse")
		case equalMixed(chain, octets):
			p.better(start, end, "address-mixed", weightAddress, "it holds the octets of the address in another order")
		case chain[0].value > 0 && chain[0].value < 224 && end-start >= 7+3:
			p.better(start, end, "address-foreign", weightForeign, "it holds an address, though another one")
		}
	}
	// Short numbers agree by chance: the parts have to be of some length.
	if len(chain) >= 3 {
		three := chain[len(chain)-3:]
		if start := three[0].start; end-start >= 5+2 {
			for _, part := range [][]byte{octets[:3], octets[1:]} {
				if equalGroups(three, part) || equalReversed(three, part) {
					p.better(start, end, "three-octets", weightThree, "it holds three octets of the address")
				}
			}
		}
	}
	if len(chain) >= 2 {
		two := chain[len(chain)-2:]
		if start := two[0].start; end-start >= 3+1 {
			p.compareTwo(octets, two, start, end)
		}
	}
}

// compareTwo looks for two octets at either end of the address, and for both ends in
// two places, as in "1-10.w192-0.example.net".
func (p *place) compareTwo(octets [4]byte, two []group, start, end int) {
	if equalGroups(two, octets[2:]) || equalReversed(two, octets[2:]) {
		p.last = end
		p.better(start, end, "two-octets", weightTwo, "it holds the last two octets of the address")
	}
	if equalGroups(two, octets[:2]) || equalReversed(two, octets[:2]) {
		p.first = end
		p.better(start, end, "two-octets", weightTwo, "it holds the first two octets of the address")
	}
	// One place cannot be both ends, as it could in 192.0.192.0.
	if p.first > 0 && p.last > 0 && p.first != p.last {
		p.better(start, end, "address-split", weightAddress, "it holds the two halves of the address")
	}
}

func equalGroups(g []group, octets []byte) bool {
	return slices.EqualFunc(g, octets, func(g group, o byte) bool { return g.value == int(o) })
}

func equalReversed(g []group, octets []byte) bool {
	for i := range g {
		if g[i].value != int(octets[len(octets)-1-i]) {
			return false
		}
	}
	return true
}

func equalMixed(g []group, octets [4]byte) bool {
	var values [4]byte
	for i := range g {
		values[i] = byte(g[i].value)
	}
	slices.Sort(values[:])
	slices.Sort(octets[:])
	return values == octets
}

// minSerial is how many digits a number has that may count customers.
const minSerial = 5

// findRun looks for the octets in a number without separators.
func findRun(octets [4]byte, n string, start, end int, p *place) {
	run := n[start:end]
	reversed := [4]byte{octets[3], octets[2], octets[1], octets[0]}
	var buf [12]byte
	switch {
	case string(joined(buf[:0], octets[:], 3)) == run, len(run) >= 7 && string(joined(buf[:0], octets[:], 0)) == run:
		p.better(start, end, "address", weightAddress, "it holds the address")
	case string(joined(buf[:0], reversed[:], 3)) == run, len(run) >= 7 && string(joined(buf[:0], reversed[:], 0)) == run:
		p.better(start, end, "address-reversed", weightAddress, "it holds the address in reverse")
	case string(joined(buf[:0], octets[2:], 3)) == run, string(joined(buf[:0], reversed[:2], 3)) == run:
		p.better(start, end, "two-octets", weightTwo, "it holds the last two octets of the address")
	case len(run) >= minSerial:
		p.better(start, end, "serial", weightSerial, "it holds a long number")
	}
}

// joined appends octets as decimal numbers of at least width digits.
func joined(out, octets []byte, width int) []byte {
	for _, o := range octets {
		if o >= 100 || width == 3 {
			out = append(out, '0'+o/100)
		}
		if o >= 10 || width == 3 {
			out = append(out, '0'+o/10%10)
		}
		out = append(out, '0'+o%10)
	}
	return out
}

const hexDigits = "0123456789abcdef"

// findHex looks for an IPv4 address in hexadecimal digits: c0000201, c0-00-02-01, and
// c00002 for its network.
func findHex(octets [4]byte, n string, p *place) {
	var inOrder, reversed [8]byte
	for i, o := range octets {
		inOrder[2*i], inOrder[2*i+1] = hexDigits[o>>4], hexDigits[o&15]
		reversed[6-2*i], reversed[7-2*i] = hexDigits[o>>4], hexDigits[o&15]
	}
	var pairs [8]byte
	chain, chainStart, prevEnd := 0, 0, 0
	for i := 0; i < len(n); {
		if !hexDigit(n[i]) {
			i++
			continue
		}
		start := i
		for i < len(n) && hexDigit(n[i]) {
			i++
		}
		run := n[start:i]
		if len(run) >= 8 {
			if at := strings.Index(run, string(inOrder[:])); at >= 0 {
				p.better(start+at, start+at+8, "address-hex", weightAddress, "it holds the address in hexadecimal")
			} else if at := strings.Index(run, string(reversed[:])); at >= 0 {
				p.better(start+at, start+at+8, "address-hex", weightAddress, "it holds the address in hexadecimal, in reverse")
			}
		}
		if run == string(inOrder[:6]) && strings.Trim(run, "0") != "" {
			p.better(start, i, "three-octets", weightThree, "it holds three octets of the address in hexadecimal")
		}
		if len(run) != 2 {
			chain = 0
			continue
		}
		if chain == 0 || start != prevEnd+1 || !separator(n[prevEnd]) {
			chain, chainStart = 0, start
		}
		if chain == 4 {
			copy(pairs[:], pairs[2:])
			chain, chainStart = 3, chainStart+3
		}
		copy(pairs[2*chain:], run)
		chain, prevEnd = chain+1, i
		if chain == 4 && (pairs == inOrder || pairs == reversed) {
			p.better(chainStart, i, "address-hex", weightAddress, "it holds the address in hexadecimal")
		}
	}
}

// findNibbles looks for the hexadecimal digits of an IPv6 address, in order or reversed:
// many of them together, or one by one with separators.
func findNibbles(octets [16]byte, n string, p *place) {
	var inOrder, reversed [32]byte
	for i, o := range octets {
		inOrder[2*i], inOrder[2*i+1] = hexDigits[o>>4], hexDigits[o&15]
		reversed[30-2*i], reversed[31-2*i] = hexDigits[o&15], hexDigits[o>>4]
	}
	compare := func(text []byte, start, end int) {
		nonzero := len(text) - strings.Count(string(text), "0")
		if nonzero >= 3 && (strings.Contains(string(inOrder[:]), string(text)) || strings.Contains(string(reversed[:]), string(text))) {
			p.better(start, end, "address-nibbles", weightAddress, "it holds the digits of the address")
		}
	}
	var single [32]byte
	chain, chainStart, prevEnd := 0, 0, 0
	flush := func() {
		if chain >= 8 {
			compare(single[:chain], chainStart, prevEnd)
		}
		chain = 0
	}
	for i := 0; i < len(n); {
		if !hexDigit(n[i]) {
			i++
			continue
		}
		start := i
		for i < len(n) && hexDigit(n[i]) {
			i++
		}
		switch run := n[start:i]; {
		case len(run) == 1:
			if chain > 0 && (start != prevEnd+1 || !separator(n[prevEnd]) || chain == len(single)) {
				flush()
			}
			if chain == 0 {
				chainStart = start
			}
			single[chain] = run[0]
			chain, prevEnd = chain+1, i
		case len(run) >= 12 && len(run) <= 32:
			compare([]byte(run), start, i)
		}
	}
	flush()
}

// maxGroups is how many groups in a row are looked at: twice as many as an address has.
const maxGroups = 16

// part6 is a group of up to four hexadecimal digits in a name.
type part6 struct {
	group
	gap bool // "--" stands before it, for zeros that were left out
}

// findGroups looks for the groups of an IPv6 address: 2001-db8--1, 2001-0db8-0-0.
func findGroups(octets [16]byte, n string, p *place) {
	var groups [8]int
	for i := range groups {
		groups[i] = int(octets[2*i])<<8 | int(octets[2*i+1])
	}
	var parts [maxGroups]part6
	count := 0
	flush := func() {
		if count >= 3 {
			compareParts(groups, parts[:count], p)
		}
		count = 0
	}
	for i := 0; i < len(n); {
		if !hexDigit(n[i]) && !letter(n[i]) {
			i++
			continue
		}
		start, value, good := i, 0, true
		for i < len(n) && (digit(n[i]) || letter(n[i])) {
			if at := strings.IndexByte(hexDigits, n[i]); at >= 0 && i-start < 4 {
				value = value<<4 | at
			} else {
				good = false
			}
			i++
		}
		gap := false
		if count > 0 {
			between := n[parts[count-1].end:start]
			gap = between == "--"
			if !gap && (len(between) != 1 || !separator(between[0])) {
				flush()
			}
		}
		if !good || count == maxGroups {
			flush()
		}
		if good {
			parts[count] = part6{group{value, start, i}, gap}
			count++
		}
	}
	flush()
}

// compareParts looks for consecutive groups of the address.
func compareParts(groups [8]int, parts []part6, p *place) {
	for s := range parts {
		for k := range groups {
			at, same, nonzero, gaps := k, 0, 0, 0
			for _, part := range parts[s:] {
				if part.gap && same > 0 {
					gaps++
					for at < 8 && groups[at] == 0 && part.value != 0 {
						at++
					}
				}
				if at == 8 || groups[at] != part.value {
					break
				}
				if part.value != 0 {
					nonzero++
				}
				at, same = at+1, same+1
			}
			if nonzero < 2 || same < 3 || same == 3 && gaps == 0 {
				continue
			}
			weight, reason := weightThree, "it holds groups of the address"
			if at == 8 {
				weight, reason = weightAddress, "it holds the address"
			}
			p.better(parts[s].start, parts[s+same-1].end, "address-groups", weight, reason)
		}
	}
}
