package dnsbl

import (
	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/rule"
)

// The codes of findings about the target.
const (
	// CodeListed says that a block list has the target. The severity is by what
	// receivers make of the list.
	CodeListed mailworthy.Code = "dnsbl.listed"
	// CodePolicy says that a list has the target among those that are not to send mail
	// directly, such as the addresses of end users.
	CodePolicy mailworthy.Code = "dnsbl.policy"
	// CodeNoted says that a list has something to say about the target, or about the
	// network around it, that is no listing.
	CodeNoted mailworthy.Code = "dnsbl.noted"
	// CodeNotApplicable says that no list can have the target: a private address, a
	// public suffix.
	CodeNotApplicable mailworthy.Code = "dnsbl.not-applicable"
	// CodeBadTarget says that the target is neither an address nor a domain.
	CodeBadTarget mailworthy.Code = "dnsbl.bad-target"
)

// The codes of findings about a list, of which nothing follows for the target.
const (
	// CodeOpenResolver says that a list does not answer public resolvers, nor those
	// without a host name of their own.
	CodeOpenResolver mailworthy.Code = "dnsbl.open-resolver"
	// CodeVolume says that a list was asked more than is free.
	CodeVolume mailworthy.Code = "dnsbl.volume"
	// CodeRefused says that a list refuses to answer this resolver.
	CodeRefused mailworthy.Code = "dnsbl.refused"
	// CodeKeyNeeded says that a list was not asked since it answers subscribers alone.
	CodeKeyNeeded mailworthy.Code = "dnsbl.key-needed"
	// CodeQueryError says that a list rejects the question itself: the name of the zone
	// is wrong, or the target is of a kind that it does not list.
	CodeQueryError mailworthy.Code = "dnsbl.query-error"
	// CodeBogusAnswer says that 127.0.0.1 was answered, which no list means anything by.
	CodeBogusAnswer mailworthy.Code = "dnsbl.bogus-answer"
	// CodeRewritten says that the answer does not come from a list: its zone is parked,
	// or the resolver rewrites answers.
	CodeRewritten mailworthy.Code = "dnsbl.rewritten"
	// CodeWildcard says that a list has everything listed.
	CodeWildcard mailworthy.Code = "dnsbl.wildcard"
	// CodeCaveat says that a list has an address that no list may have, but not all.
	CodeCaveat mailworthy.Code = "dnsbl.caveat"
	// CodeNotCheckable says that a list failed its control, so that its silence means
	// nothing.
	CodeNotCheckable mailworthy.Code = "dnsbl.not-checkable"
	// CodeUnknown says that a list gave no answer.
	CodeUnknown mailworthy.Code = "dnsbl.unknown"
	// CodeDeadList says that a list that was asked for is dead or fraudulent. It was
	// not asked.
	CodeDeadList mailworthy.Code = "dnsbl.dead-list"
	// CodeBadList says that a list was not asked since its definition makes no sense.
	CodeBadList mailworthy.Code = "dnsbl.bad-list"
	// CodeLongName says that a list was not asked since the name would be too long.
	CodeLongName mailworthy.Code = "dnsbl.long-name"
	// CodeQuota says that a list was not asked since the caller's quota is used up.
	CodeQuota mailworthy.Code = "dnsbl.quota"
)

var rules = rule.Table{
	CodeListed:        rule.Error("RFC 5782 section 6"),
	CodePolicy:        rule.Warning("RFC 5782 section 2.3"),
	CodeNoted:         rule.Info("RFC 5782 section 2.3"),
	CodeNotApplicable: rule.Info("RFC 6890 section 2"),
	CodeBadTarget:     rule.Error("RFC 5782 section 2"),

	CodeOpenResolver: rule.Warning("RFC 5782 section 2.3"),
	CodeVolume:       rule.Warning("RFC 5782 section 2.3"),
	CodeRefused:      rule.Warning("RFC 1035 section 4.1.1"),
	CodeKeyNeeded:    rule.Info("RFC 5782 section 6"),
	CodeQueryError:   rule.Warning("RFC 5782 section 2"),
	CodeBogusAnswer:  rule.Warning("RFC 5782 section 5"),
	CodeRewritten:    rule.Warning("RFC 5782 section 2.3"),
	CodeWildcard:     rule.Warning("RFC 5782 section 5"),
	CodeCaveat:       rule.Info("RFC 5782 section 5"),
	CodeNotCheckable: rule.Warning("RFC 5782 section 5"),
	CodeUnknown:      rule.Warning("RFC 5782 section 6"),
	CodeDeadList:     rule.Warning("RFC 6471 section 3.4"),
	CodeBadList:      rule.Warning("RFC 5782 section 2"),
	CodeLongName:     rule.Info("RFC 1035 section 2.3.4"),
	CodeQuota:        rule.Info("RFC 5782 section 6"),
}
