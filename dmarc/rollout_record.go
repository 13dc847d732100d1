package dmarc

// mended returns a record as receivers read it, without what means nothing to them,
// and says what of it is wrong. Percent stays only where older receivers apply less
// than the policy because of it.
func mended(r *Record) (now Record, mends []string) {
	now = Record{
		Policy: r.Policy, Subdomain: r.Subdomain, Nonexistent: r.Nonexistent, PSD: r.PSD, Testing: r.Testing, DKIM: r.DKIM, SPF: r.SPF,
		Aggregate: addresses(r.Aggregate), Failure: addresses(r.Failure),
	}
	if p, tag := r.PolicyFor(ScopeDomain); p != now.Policy || tag == "" || r.invalid("sp") || r.invalid("np") {
		// RFC 9989 section 4.10.1: it counts as p=none, or not at all.
		now.Policy, now.Subdomain, now.Nonexistent = PolicyNone, "", ""
	}
	if len(now.Failure) > 0 {
		now.FailureOptions = r.FailureOptions
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; len(mends) < maxMends && (f.Code != CodeRemovedTag || r.Percent == nil || *r.Percent == 100) {
			mends = append(mends, f.Message)
		}
	}
	if r.Percent != nil && *r.Percent < 100 {
		if strongest(now) == PolicyNone {
			mends = append(mends, "pct= means nothing next to p=none.")
		} else {
			now.Percent = r.Percent
		}
	}
	return now, mends
}

const maxMends = 5 // that are told of

// addresses leaves out sizes, which RFC 9989 made obsolete.
func addresses(uris []URI) []URI {
	var out []URI
	for _, u := range uris {
		u.Size = ""
		out = append(out, u)
	}
	return out
}

func strongest(r Record) Policy {
	out := PolicyNone
	for _, p := range [...]Policy{r.Policy, r.Subdomain, r.Nonexistent} {
		if p.Compare(out) > 0 {
			out = p
		}
	}
	return out
}

// raised returns a record with a stronger p, in test mode unless that would weaken what
// is applied to subdomains already. What was as strong as the old p goes along; what is
// stronger stays.
func raised(r Record, p Policy) Record {
	from := r
	sub, _ := r.PolicyFor(ScopeSubdomain)
	missing, _ := r.PolicyFor(ScopeNonexistent)
	if missing == sub && r.Nonexistent != "" {
		r.Nonexistent = "" // It follows the subdomains that exist.
	}
	if sub == r.Policy && r.Subdomain != "" {
		r.Subdomain = ""
	}
	r.Policy, r.Testing = p, true
	r = tidy(r)
	r.Testing = len(weakened(from, r)) == 0
	return r
}

// tidy leaves out np and sp where they say what is so without them.
func tidy(r Record) Record {
	if sub, _ := r.PolicyFor(ScopeSubdomain); r.Nonexistent == sub {
		r.Nonexistent = ""
	}
	if r.Subdomain == r.Policy {
		missing, _ := r.PolicyFor(ScopeNonexistent)
		r.Subdomain = ""
		if now, _ := r.PolicyFor(ScopeNonexistent); now != missing {
			r.Nonexistent = missing
		}
	}
	return r
}

// applied is what receivers do by a record.
func applied(r Record, s Scope) Policy {
	p, _ := r.PolicyFor(s)
	if r.Testing {
		p = p.Lower()
	}
	return p
}

var scopes = [...]struct {
	scope Scope
	text  string
}{
	{ScopeDomain, "the domain itself"}, {ScopeSubdomain, "subdomains that exist"}, {ScopeNonexistent, "subdomains that do not exist"},
}

// weakened says what a record protects less than another.
func weakened(from, to Record) []string {
	var out []string
	for _, s := range scopes {
		a, b := applied(from, s.scope), applied(to, s.scope)
		if b.Compare(a) < 0 {
			out = append(out, "For "+s.text+" receivers apply "+string(b)+" instead of "+string(a)+".")
		}
	}
	return out
}
