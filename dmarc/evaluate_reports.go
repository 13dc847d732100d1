package dmarc

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// detail is what the findings need of a destination beyond what the report says.
type detail struct {
	verify     bool            // whether the authorization was asked for
	proof      resolver.Answer // to that
	mx, a, a6  resolver.Answer
	tooLong    bool     // the name of the authorization
	foreign    []string // addresses of the authorization at other hosts
	authorized bool
	unknownOrg bool // whether the host is external is not known
}

// destinations looks at where reports about the domain go: whether the host takes
// mail, and whether it authorized reports when it belongs to others.
func (s *survey) destinations() {
	owner := s.own
	if s.own.record.domain() != s.own.start {
		owner = s.discover(s.own.record.domain())
	}
	rec := s.own.record.record
	var hosts []string
	for _, kind := range [...]ReportKind{AggregateReports, FailureReports} {
		uris := rec.Aggregate
		if kind == FailureReports {
			uris = rec.Failure
		}
		s.uris += len(uris)
		for _, u := range uris[:min(len(uris), maxDestinations-len(s.listed))] {
			dest := Destination{Kind: kind, URI: name.Escape(u.Text), Host: u.Host, Delivery: DeliveryIgnored}
			var more detail
			switch {
			case dest.Host == "": // RFC 9989 section 4.7: only mailto is sure to be supported.
			case kind == FailureReports && rec.PSD == PSDYes: // RFC 9991 section 2
			case !slices.Contains(hosts, dest.Host) && len(hosts) == maxHosts:
				dest.Delivery = NotExamined
			default:
				if !slices.Contains(hosts, dest.Host) {
					hosts = append(hosts, dest.Host)
				}
				more = s.destination(&dest, owner)
			}
			s.listed, s.details = append(s.listed, dest), append(s.details, more)
		}
	}
}

// destination fills what DNS has about one.
func (s *survey) destination(dest *Destination, owner discovery) (d detail) {
	external, known := s.external(dest.Host, owner)
	d.verify, d.unknownOrg = external || !known, !known
	dest.External = external
	if d.verify {
		n, err := name.Normalize(owner.start + authorizationLabels + dest.Host)
		if err != nil {
			d.tooLong = true // Which counts as not authorized: RFC 9990 section 4, step 4.
		} else {
			dest.Authorization = n
			d.proof = s.ask(n, resolver.TypeTXT)
			d.readProof(dest)
		}
	}
	d.mx = s.ask(dest.Host, resolver.TypeMX)
	d.a, d.a6 = s.ask(dest.Host, resolver.TypeA), s.ask(dest.Host, resolver.TypeAAAA)
	dest.Delivery = d.delivery()
	return d
}

// authorizationLabels are between the domain of the record and the host that reports
// go to (RFC 9990 section 4, steps 2 and 3).
const authorizationLabels = "._report._dmarc."

// external says whether a host has another Organizational Domain than the owner of
// the record, so that it has to authorize the reports (RFC 9990 section 4).
func (s *survey) external(host string, owner discovery) (external, known bool) {
	switch {
	case host == owner.start || host == owner.org:
		return false, true
	case owner.org == "":
		return false, false
	case !name.Within(host, owner.org):
		// The Organizational Domain of a name is the name or one above it.
		return true, true
	}
	d := s.discover(host)
	return d.org != "" && d.org != owner.org, d.org != ""
}

// readProof reads the records of an authorization. One that names other addresses
// replaces the published one, as long as they are at the same host (RFC 9990 section
// 4, step 9).
func (d *detail) readProof(dest *Destination) {
	for _, t := range d.proof.TXT {
		rec, err := Parse(t.String())
		if err != nil {
			continue
		}
		d.authorized = true
		uris := rec.Aggregate
		if dest.Kind == FailureReports {
			uris = rec.Failure // RFC 9991 section 5
		}
		for _, u := range uris[:min(len(uris), maxListed)] {
			switch u.Host {
			case "": // Not by mail, which nobody supports.
			case dest.Host:
				dest.Instead = append(dest.Instead, name.Escape(u.Text))
			default:
				d.foreign = append(d.foreign, name.Escape(u.Text))
			}
		}
	}
}

// delivery says what becomes of the reports.
func (d *detail) delivery() Delivery {
	unknown := false
	if d.verify {
		refused := d.tooLong || len(d.foreign) > 0 || d.proof.Status.Definitive() && !d.authorized
		if refused && !d.unknownOrg {
			return NotAuthorized
		}
		unknown = refused || !d.authorized
	}
	switch d.reachable() {
	case Unreachable:
		return Unreachable
	case DeliveryUnknown:
		unknown = true
	}
	if unknown {
		return DeliveryUnknown
	}
	return Deliverable
}

// reachable says whether a host receives mail: by its MX records, or without any by
// its addresses (RFC 5321 section 5.1), unless it says that it does not (RFC 7505).
func (d *detail) reachable() Delivery {
	switch {
	case !d.mx.Status.Definitive():
		return DeliveryUnknown
	case len(d.mx.MX) > 0 && !slices.ContainsFunc(d.mx.MX, func(m resolver.MXHost) bool { return m.Host != "" }):
		return Unreachable
	case len(d.mx.MX) > 0, len(d.a.Addrs) > 0, len(d.a6.Addrs) > 0:
		return Deliverable
	case !d.a.Status.Definitive(), !d.a6.Status.Definitive():
		return DeliveryUnknown
	}
	return Unreachable
}

// included returns the domains that an SPF record includes.
func included(record string) (out []string) {
	for term := range strings.FieldsSeq(strings.ToLower(record)) {
		term = strings.TrimLeft(term, "+-~?")
		target, ok := strings.CutPrefix(term, "include:")
		if !ok {
			target, ok = strings.CutPrefix(term, "redirect=")
		}
		if n, err := name.Normalize(target); ok && err == nil {
			out = append(out, n)
		}
	}
	return out
}
