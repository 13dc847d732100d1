package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// plan says what the records are for.
type plan struct {
	Domains []string `json:"domains"`
	Streams []stream `json:"streams"`
}

// stream is mail that is sent in one way: an address that it comes from, and what has
// to be right about it.
type stream struct {
	Name     string     `json:"name"`
	IP       netip.Addr `json:"ip"`
	HELO     string     `json:"helo"`
	MailFrom string     `json:"mail_from"`
	From     string     `json:"from"`
	// Selector and Signer are s= and d= of its signature.
	Selector string `json:"selector"`
	Signer   string `json:"signer"`
	// Aligned are the methods whose domain has to be that of From. One is enough for
	// DMARC; the other is there for mail that is forwarded, or changed on its way.
	Aligned []dmarc.Method `json:"aligned"`
}

func parsePlan(text []byte) (p plan, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err = dec.Decode(&p); err != nil {
		return p, err
	}
	if len(p.Domains) == 0 {
		return p, errors.New("it names no domains")
	}
	for _, s := range p.Streams {
		if s.Name == "" || !s.IP.IsValid() || s.MailFrom == "" || s.From == "" || s.Selector == "" || s.Signer == "" || len(s.Aligned) == 0 {
			return p, fmt.Errorf("stream %q is not complete", s.Name)
		}
	}
	return p, nil
}

// state is what receivers make of the records: of each domain and of each stream, in the
// order of the plan.
type state struct {
	spf     []spf.Report
	dmarc   []dmarc.Report
	streams []outcome
}

// outcome is what becomes of a stream's mail.
type outcome struct {
	spf   spf.Result
	key   dkim.KeyReport
	dmarc dmarc.Result
}

// examine finds out the state.
func (p plan) examine(ctx context.Context, r resolver.Resolver) (st state, err error) {
	r = &resolver.Cache{Next: r} // The streams share most questions.
	for _, d := range p.Domains {
		policy, err := spf.Checker{Resolver: r}.CheckDomain(ctx, d)
		if err != nil {
			return st, err
		}
		report, err := dmarc.Checker{Resolver: r}.CheckDomain(ctx, d)
		if err != nil {
			return st, err
		}
		st.spf, st.dmarc = append(st.spf, policy), append(st.dmarc, report)
	}
	for _, s := range p.Streams {
		out, err := s.examine(ctx, r)
		if err != nil {
			return st, fmt.Errorf("%s: %w", s.Name, err)
		}
		st.streams = append(st.streams, out)
	}
	return st, nil
}

func (s stream) examine(ctx context.Context, r resolver.Resolver) (out outcome, err error) {
	out.spf, err = spf.Checker{Resolver: r}.Check(ctx, spf.Request{IP: s.IP, HELO: s.HELO, MailFrom: s.MailFrom})
	if err != nil {
		return out, err
	}
	out.key, err = dkim.Checker{Resolver: r}.CheckKey(ctx, s.Selector, s.Signer)
	if err != nil {
		return out, err
	}
	// There is no message here. If there is a key, the service's signature passes.
	signature := dmarc.DKIMResult{Status: dmarc.Fail, Domain: s.Signer, Selector: s.Selector}
	if out.key.Status == dkim.KeyFound {
		signature.Status = dmarc.Pass
	}
	out.dmarc, err = dmarc.Checker{Resolver: r}.Check(ctx, dmarc.Request{
		From: []string{s.From},
		SPF:  dmarc.SPFResult{Status: dmarc.Status(out.spf.Status), Domain: out.spf.Domain},
		DKIM: []dmarc.DKIMResult{signature},
	})
	return out, err
}

// problems returns what is broken, a line each: what a test compares with nothing. What
// could not be found out is a problem, too.
func (st state) problems(p plan) (list []string) {
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for i, s := range p.Streams {
		out := &st.streams[i]
		if out.spf.Status != spf.Pass {
			add("%s: SPF is %s for %s from %s%s", s.Name, out.spf.Status, s.MailFrom, s.IP, worst(out.spf.Findings))
		}
		if out.key.Status != dkim.KeyFound {
			add("%s: the DKIM key %s is %s%s", s.Name, out.key.Name, out.key.Status, worst(out.key.Findings))
		}
		for _, method := range s.Aligned {
			if ok, reason := out.aligned(method); !ok {
				add("%s: %s is not aligned with %s: %s", s.Name, method, s.From, reason)
			}
		}
		if out.dmarc.Status != dmarc.Pass {
			add("%s: DMARC is %s%s", s.Name, out.dmarc.Status, worst(out.dmarc.Findings))
		}
	}
	for i, d := range p.Domains {
		for _, f := range slices.Concat(st.spf[i].Findings, st.dmarc[i].Findings) {
			if f.Severity == mailworthy.Error || f.Temporary {
				add("%s: %s [%s]", d, f.Message, f.Code)
			}
		}
		if st.dmarc[i].Status != "" {
			add("%s: DMARC is %s", d, st.dmarc[i].Status)
		}
	}
	return list
}

// worst returns what a finding of the highest severity says.
func worst(fs mailworthy.Findings) string {
	for _, f := range fs {
		if f.Severity == fs.Worst() {
			return ": " + f.Message
		}
	}
	return ""
}

// aligned reports whether a method lets the message pass, and why not.
func (o *outcome) aligned(m dmarc.Method) (bool, dmarc.Reason) {
	for _, id := range o.dmarc.Identifiers {
		if id.Method == m {
			return id.Aligned, id.Reason
		}
	}
	return false, dmarc.ReasonNoPolicy
}
