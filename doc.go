// Package mailworthy is the root of an embeddable SDK that answers one question
// for software that sends mail: will this be delivered, and if not, what exactly
// is wrong and what fixes it?
//
// This package holds only the vocabulary that every check shares: a [Finding]
// says what was found, how bad it is, what proves it and what to do next. The
// checks are packages of their own, each usable without the others:
//
//   - [github.com/mailworthy/mailworthy/resolver] asks DNS, caches, mocks and records it
//   - [github.com/mailworthy/mailworthy/spf] evaluates Sender Policy Framework records
//   - [github.com/mailworthy/mailworthy/dkim] verifies DKIM signatures and ARC chains, signs, and examines keys
//   - [github.com/mailworthy/mailworthy/dmarc] evaluates DMARC, and examines what a domain publishes for it
//   - [github.com/mailworthy/mailworthy/dmarc/report] reads DMARC reports and sums them up
//   - [github.com/mailworthy/mailworthy/dnsbl] asks DNS block lists about addresses and domains
//   - [github.com/mailworthy/mailworthy/rdns] judges the names of an address, and what a client says in HELO
//   - [github.com/mailworthy/mailworthy/smtpprobe] says where mail goes and what protects it on its way, and looks at mail hosts
//   - [github.com/mailworthy/mailworthy/bounce] reads rejections, and says what was refused, why, and what to do
//
// # Observe, then judge
//
// Every check is two things. Observation is I/O: DNS answers, a session, a text.
// It is plain data that marshals to JSON. Judgement is a pure function of
// observations, called Evaluate in every package: no I/O, no clock, no goroutine,
// no randomness. The same observations give the same result, so any verdict can
// be stored and evaluated again offline; docs/replay.md in the repository shows how.
//
// Three verbs are the same in every package: Parse turns text into a record,
// Evaluate judges observations, and Checker.Check fetches what Evaluate asks for
// and then judges.
//
// # Unknown is not absent
//
// A name that does not exist is an answer. A server that failed, refused or did
// not reply is a failure to find out, and stays visible as such up to the
// verdict: no result is ever more favourable because DNS was broken.
//
// Where a protocol has a word for that, a status is this word: temperror in spf, dkim,
// dmarc and rdns. Elsewhere it is unknown; dnsbl has partial when some lists told, and DANE
// is failed, since senders must not deliver then. A finding says what was not found out. It
// is Temporary when asking again later may tell, for which [Findings.Temporary] looks
// through all those of a result. A block list that refuses to answer goes on to do so: its
// finding is not Temporary, and says what to change.
package mailworthy

//go:generate go run ./internal/findingsdoc
//go:generate go run ./internal/apidoc
