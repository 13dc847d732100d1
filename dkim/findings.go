package dkim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// findings says what is wrong with the message as a whole.
func (e *evaluation) findings(res *Result) mailworthy.Findings {
	var fs mailworthy.Findings
	subject := ""
	if len(res.From) > 0 {
		subject = res.From[0]
	}
	if e.m.Truncated || e.h.cut {
		f := finding(CodeHeaderTooLarge, subject)
		f.Message = "The header of the message exceeds the limit, so that no signature in it was verified."
		f.Remedy = "Send a smaller header. If such headers are wanted, raise ReadOptions.HeaderBytes or Limits.Fields."
		fs = append(fs, f)
	} else if res.Status == None {
		f := finding(CodeUnsigned, subject)
		f.Message = "The message has no DKIM signature."
		f.Remedy = "Let the server that sends the message sign it with d=" + orExample(subject) + "."
		fs = append(fs, f)
	}
	if res.Skipped > 0 {
		f := finding(CodeTooManySignatures, subject)
		f.Message = fmt.Sprintf("The message has %d signatures more than were verified.", res.Skipped)
		f.Remedy = "Sign a message once with each algorithm, and remove the signatures of others that no longer verify."
		fs = append(fs, f)
	}
	if n := e.h.count("from"); n > 1 && len(res.Signatures) > 0 {
		f := finding(CodeFromMultiple, subject)
		f.Message = fmt.Sprintf("The message has %d From fields. A signature may cover one, and a reader see another.", n)
		f.Remedy = "Send one From field. Let the signer name From once more in h= than there are, so that none can be added."
		fs = append(fs, f)
	}
	return fs
}

func orExample(domain string) string {
	if domain == "" {
		return "the domain of From"
	}
	return domain
}

// explain turns what became of a signature into findings.
func (e *evaluation) explain(c *candidate, s *Signature) mailworthy.Findings {
	var fs mailworthy.Findings
	if c.problem != nil {
		fs = append(fs, e.reason(c, s))
	}
	subject := s.Domain
	if c.keys > 1 {
		f := finding(CodeKeyMultiple, subject)
		f.Message = fmt.Sprintf("%d key records are published at %s. Which of them a receiver takes is by chance.", c.keys, c.sig.key)
		f.Remedy = "Publish one key for a selector, and a selector for each key."
		fs = append(fs, f)
	}
	if s.Testing {
		f := finding(CodeKeyTesting, subject)
		f.Message = "The key has the flag for testing (t=y): receivers treat the message as if it had no signature."
		f.Remedy = "Remove t=y from the key record at " + c.sig.key + " when the tests are over."
		fs = append(fs, f)
	}
	if s.Status == Pass && s.Key.Type == RSA && s.Key.Bits < 2048 {
		f := finding(CodeKeyShort, subject)
		f.Message = fmt.Sprintf("The RSA key has %d bits. Signers should use 2048.", s.Key.Bits)
		f.Remedy = "Make a key of 2048 bits, publish it with a new selector, and sign with it."
		fs = append(fs, f)
	}
	if s.Uncovered > 0 {
		f := finding(CodePartialBody, subject)
		f.Message = fmt.Sprintf("l=%d leaves %d octets of the body without a signature. Anybody can add to such a message.", s.BodyLength, s.Uncovered)
		f.Remedy = "Configure the signer not to use l=."
		fs = append(fs, f)
	}
	if len(c.sig.names) > 0 && c.sig.kind == dkimSignature {
		fs = append(fs, e.exposed(c, s)...)
	}
	return fs
}

// exposed is about fields that a signature does not protect.
func (e *evaluation) exposed(c *candidate, s *Signature) mailworthy.Findings {
	var fs mailworthy.Findings
	var added []string
	for _, n := range s.Addable {
		if k := signs(c.sig, n); k > 0 && e.h.count(n) > k {
			added = append(added, n)
		}
	}
	if len(added) > 0 {
		f := finding(CodeFieldAdded, s.Domain)
		f.Message = "The message has more fields than were signed of: " + strings.Join(added, ", ") + ". A reader may see one that was added on the way."
		f.Remedy = "Send one field of each name, and " + oversign(added)
		fs = append(fs, f)
	}
	if s.Status == Pass && len(s.Addable) > 0 {
		f := finding(CodeFieldAddable, s.Domain)
		f.Message = "Fields of these names can be added without breaking the signature: " + strings.Join(s.Addable, ", ") + "."
		f.Remedy = "To protect the message, " + oversign(s.Addable)
		fs = append(fs, f)
	}
	return fs
}

func oversign(fields []string) string {
	return "let the signer name these once more in h= than the message has them: " + strings.Join(fields, ":") + "."
}

// reason explains why a signature has no pass.
func (e *evaluation) reason(c *candidate, s *Signature) mailworthy.Finding {
	p, sig := c.problem, c.sig
	f := finding(p.code, s.Domain)
	f.Temporary = p.status == TempError
	f.Message, f.Remedy = texts(p, s)
	shown := name.Escape(cut(p.text))
	switch p.code {
	case CodeKeyDNSFailure:
		f.Evidence = []string{sig.key + " TXT: " + shown}
		if c.answer.Problem != "" {
			f.Evidence[0] += " (" + name.Escape(cut(c.answer.Problem)) + ")"
		}
	case CodeKeyMissing:
		f.Evidence = []string{sig.key + " TXT: " + string(c.answer.Status)}
	case CodeBodyHash:
		e.bodyEvidence(&f, sig, s)
	case CodeExpired:
		f.Evidence = []string{"x=" + strconv.FormatInt(sig.expires, 10) + " is " + date(sig.expires)}
	case CodeFuture:
		f.Evidence = []string{"t=" + strconv.FormatInt(sig.signed, 10) + " is " + date(sig.signed)}
	default:
		switch {
		case p.syntax != nil:
			near := p.syntax.Text[min(p.syntax.Offset, len(p.syntax.Text)):]
			f.Evidence = []string{name.Escape(p.syntax.Error()), name.Escape(near[:min(len(near), 60)])}
			if p.syntax.Offset <= len(p.syntax.Text) {
				f.Span = mailworthy.Span{Offset: p.syntax.Offset, Length: len(p.syntax.Tag)}
			}
		case p.tag != "" && p.text != "":
			f.Evidence = []string{p.tag + "=" + shown}
		}
	}
	return f
}

func date(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// bodyEvidence says what would make the body match.
func (e *evaluation) bodyEvidence(f *mailworthy.Finding, sig *signature, s *Signature) {
	if s.HeaderMatches {
		f.Evidence = append(f.Evidence, "the signature of the header verifies: only the body was changed")
	}
	for _, n := range e.m.Near {
		if !slices.Equal(n.Sum, sig.bh) {
			continue
		}
		switch n.Change {
		case Recanonicalized:
			f.Evidence = append(f.Evidence, fmt.Sprintf("the body matches with %s canonicalisation", n.Canonicalization))
			if n.Canonicalization == Relaxed {
				f.Remedy = "Only white space was changed. Sign with c=relaxed/relaxed."
			} else {
				f.Remedy = "The signer hashed the body with simple canonicalisation: let it state that in c=."
			}
		case LineEndsConverted:
			f.Evidence = append(f.Evidence, fmt.Sprintf("the body matches with CRLF in place of LF, with %s canonicalisation", n.Canonicalization))
			f.Remedy = "Send CRLF as line ends: sign the message after the conversion, and let nothing undo it."
		case FooterRemoved:
			f.Evidence = append(f.Evidence, fmt.Sprintf("the first %d octets of the body match, with %s canonicalisation: the rest was added", n.Length, n.Canonicalization))
			f.Remedy = "Something added lines at the end of the body. Sign behind whatever adds them, or let it not add them."
		}
	}
}

// texts returns message and remedy of a problem.
func texts(p *problem, s *Signature) (message, remedy string) {
	domain, key := s.Domain, s.Selector+"._domainkey."+s.Domain
	fix := "Correct the software that signs for " + domain + "."
	switch p.code {
	case CodeSignatureSyntax:
		return "The signature field has a syntax error" + at(p) + ".", fix
	case CodeDuplicateTag:
		return "The signature has the tag " + p.tag + "= twice.", fix
	case CodeMissingTag:
		return "The signature lacks the tag " + p.tag + "=.", fix
	case CodeVersion:
		return "The version of the signature is not 1.", fix
	case CodeAlgorithm:
		return "The algorithm of the signature is unknown.", "Sign with rsa-sha256, and if wanted with ed25519-sha256 besides."
	case CodeSHA1:
		return "The signature uses SHA-1, which no receiver may accept any more.", "Sign with rsa-sha256."
	case CodeCanonicalization:
		return "The canonicalisation of the signature is unknown.", "Sign with c=relaxed/relaxed."
	case CodeQuery:
		return "The signature says that its key is not in DNS.", "Remove q= from the signature, or make it q=dns/txt."
	case CodeIdentity:
		return "The domain of i= is neither " + domain + " nor below it.", "Remove i=, or make it @" + domain + "."
	case CodeStrictIdentity:
		return "The key is only for " + domain + " itself (t=s), and the domain of i= is below it.",
			"Remove t=s from the record at " + key + ", or make i= @" + domain + "."
	case CodeFromNotSigned:
		return "The signature does not cover the From field.", "Let the signer name From in h=."
	case CodeFromMissing:
		return "The message has no From field.", "Send a From field."
	case CodeFromMultiple:
		return "The message has several From fields, of which a reader may see one that is not signed.", "Send one From field."
	case CodeExpiresEarly:
		return "The signature expires before it was made: x= is not later than t=.", fix
	case CodeExpired:
		return "The signature has expired.", "Let signatures live longer than a message can be under way: a week, or without x= for ever."
	case CodeFuture:
		return "The signature was made in the future.", "Set the clock of the host that signs."
	case CodeBodyHash:
		return "The body is not the one that was signed.", "Find what changes messages after they were signed, and sign behind it."
	case CodeBodyShort:
		return "The body is shorter than what l= says was signed.", "Find what shortens messages after they were signed, and do not use l=."
	case CodeLengthRefused:
		return "The signature covers only a part of the body (l=), which is refused here.", "Configure the signer not to use l=."
	case CodeSignatureMismatch:
		return "The signature does not verify: the header was changed after it was signed, or " + key + " is not the signer's key.",
			"Compare the key at " + key + " with the signer's. If they belong together, find what changes the signed header fields."
	case CodeTooManyNames:
		return "The signature names more header fields than the limit allows.", fix
	case CodeHeaderTooLarge:
		return "The header exceeds the limit, so that the signature was not verified.", "Send a smaller header."
	case CodeNotObserved:
		return "The observation of the message lacks the hash of its body.", "Read the message with ReadMessage."
	}
	return keyTexts(p, s, key)
}

// keyTexts is texts for what is wrong with the key.
func keyTexts(p *problem, s *Signature, key string) (message, remedy string) {
	rotate := "Publish a key that is fit, with a new selector, and sign with it."
	switch p.code {
	case CodeKeyDNSFailure:
		return "DNS did not tell whether there is a key at " + key + ".", "Check again later. If it persists, check the name servers of " + s.Domain + "."
	case CodeKeyMissing:
		return "There is no key at " + key + ".", "Publish the public key of the signer there, or sign with a selector that has one."
	case CodeKeyRevoked:
		return "The key at " + key + " was withdrawn: its p= is empty.", rotate
	case CodeKeySyntax:
		return "What is published at " + key + " is no valid key record" + at(p) + ".", "Publish the key record anew, as one TXT record."
	case CodeKeyType:
		return "The key at " + key + " is not for the algorithm of the signature.", "Sign with a selector whose key has the type of the algorithm."
	case CodeKeyHash:
		return "The key at " + key + " does not allow SHA-256 (h=).", "Remove h= from the key record."
	case CodeKeyService:
		return "The key at " + key + " is not for mail (s=).", "Remove s= from the key record."
	case CodeKeyWeak:
		return fmt.Sprintf("The RSA key at %s has %d bits. Receivers must not accept less than 1024.", key, s.Key.Bits), rotate
	case CodeKeyLong:
		return fmt.Sprintf("The RSA key at %s has %d bits, more than is accepted here.", key, s.Key.Bits), "Use an RSA key of 2048 bits, with a new selector."
	}
	return "The signature does not verify.", rotate
}

func at(p *problem) string {
	if p.syntax == nil {
		return ""
	}
	return ": " + name.Escape(p.syntax.Reason)
}
