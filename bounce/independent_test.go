package bounce_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

// The files testdata/independent_*.txt hold what servers say, with what the categories
// promise for it, whatever rules there are: they measure how general those are. An
// entry is laid out as in corpus*.txt.
// Of what it expects, "@rcpt" is the stage that is put in, alternatives are
// parted by "|", and "*" is anything; "lang" counts only.
//
// independentOpen holds the first lines of entries in which the expectation stands,
// and the result is another. It may only shrink: an entry that has come right must go.
var independentOpen = []string{
	// A list that is named in passing.
	"550 5.1.1 User unknown; our DNSBL-free server is mx.firm.example",
	// It is unknown, which does no harm.
	"450 4.7.1 Please retry in a few minutes: we are checking that you are a real mail server",
}

type independentResult struct {
	id                       string
	entry                    corpusEntry
	observation              bounce.Observation
	result                   bounce.Result
	category, action, others bool
	why                      []string
}

func independentResults(t testing.TB, pattern string) []independentResult {
	t.Helper()
	var out []independentResult
	for _, e := range corpus(t, pattern) {
		r := independentResult{id: e.file + ":" + strconv.Itoa(e.line), entry: e, category: true, action: true, others: true}
		r.run(t)
		out = append(out, r)
	}
	return out
}

func (r *independentResult) run(t testing.TB) {
	t.Helper()
	e := r.entry
	var all []bounce.Observation
	var messageID string
	switch {
	case strings.Contains(e.file, "logs"):
		all = bounce.ParseLog(e.text, corpusTime)
	case strings.Contains(e.file, "mail"):
		d, err := bounce.ParseDSN([]byte(e.text))
		if err == nil {
			all = d.Observations
			messageID = strings.Trim(d.MessageID, "<>")
		} else {
			require.ErrorIs(t, err, bounce.ErrNotBounce)
		}
	default:
		all = []bounce.Observation{bounce.ParseReply(e.text)}
	}
	if len(e.want) == 0 || (e.want[0][0] == '|' && len(all) == 0) {
		if len(all) > 0 {
			r.fail(&r.category, "observations", len(all), 0)
		}
		return
	}
	if len(all) != 1 {
		r.category, r.action = false, false
		r.fail(&r.others, "observations", len(all), 1)
		return
	}
	o := all[0]
	var rest []string
	for _, w := range e.want[2:] {
		name, v, _ := strings.Cut(w, "=")
		switch {
		case w[0] == '@':
			o.Stage = bounce.Stage(w[1:])
		case name == "in.sender":
			o.Sender = v
		case name == "in.to":
			o.Recipient = v
		case name == "in.host":
			o.RemoteHost = v
		case name == "in.localip":
			o.LocalIP = netip.MustParseAddr(v)
		case name == "in.localhost":
			o.LocalHost = v
		default:
			rest = append(rest, w)
		}
	}
	res := bounce.Evaluate(o)
	r.observation, r.result = o, res
	r.expect(&r.category, "category", string(res.Category), strings.TrimPrefix(e.want[0], "|"))
	r.expect(&r.action, "action", string(res.Action), e.want[1])
	for _, w := range rest {
		name, v, _ := strings.Cut(w, "=")
		got := ""
		switch name {
		case "lang":
			continue
		case "list":
			got = res.List.Zone
		case "dead":
			got = strconv.FormatBool(res.List.Dead)
		case "provider":
			got = string(res.Provider)
		case "code":
			got = res.ProviderCode
		case "ticket":
			got = res.TicketID
		case "claimed":
			got = string(res.Claimed)
		case "actual":
			got = string(res.Actual)
		case "scope":
			got = string(res.Scope)
		case "stage":
			got = string(res.Stage)
		case "enhanced":
			got = res.Enhanced
		case "format":
			got = string(o.Format)
		case "outcome":
			got = string(o.Outcome)
		case "to":
			got = o.Recipient
		case "sender":
			got = o.Sender
		case "host":
			got = o.RemoteHost
		case "messageid":
			got = messageID
		case "after":
			got = strconv.Itoa(res.Retry.After)
		case "ip":
			got = oneOf(v, res.IPs)
		case "domain":
			got = oneOf(v, res.Domains)
		case "address":
			got = oneOf(v, res.Addresses)
		case "mechanism":
			got = oneOf(v, res.Mechanisms)
		default:
			require.Fail(t, "the entry expects an unknown "+name, r.id)
		}
		r.expect(&r.others, name, got, v)
	}
}

// oneOf returns want if it is one of values, and else all of them.
func oneOf[T any](want string, values []T) string {
	var all []string
	for _, v := range values {
		s := fmt.Sprint(v)
		if s == want {
			return s
		}
		all = append(all, s)
	}
	return strings.Join(all, ",")
}

func (r *independentResult) expect(ok *bool, name, got, want string) {
	if want != "*" && !slices.Contains(strings.Split(want, "|"), got) {
		r.fail(ok, name, got, want)
	}
}

func (r *independentResult) fail(ok *bool, name string, got, want any) {
	*ok = false
	r.why = append(r.why, fmt.Sprintf("%s is %v, want %v", name, got, want))
}

func (r *independentResult) right() bool { return r.category && r.action && r.others }

// TestIndependent evaluates every entry.
func TestIndependent(t *testing.T) {
	all := independentResults(t, "independent_*.txt")
	require.GreaterOrEqual(t, len(all), 1250)
	for _, r := range all {
		t.Run(r.id, func(t *testing.T) {
			first, _, _ := strings.Cut(r.entry.text, "\n")
			if slices.Contains(independentOpen, first) {
				require.False(t, r.right(), "it has come right: take it out of independentOpen")
				return
			}
			require.Empty(t, r.why, "%s\nrule %s", r.entry.text, r.result.Rule)
		})
	}
}

// TestIndependentWhole compares whole results, but for the sentences and rules, which
// are not promised.
func TestIndependentWhole(t *testing.T) {
	ours := netip.MustParseAddr("192.0.2.25")
	tests := map[string]struct {
		observation bounce.Observation
		want        bounce.Result
	}{
		"an address on a list": {
			bounce.Observation{Text: "421 4.7.1 Service unavailable; Client host [192.0.2.25] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.25", Stage: bounce.StageRcpt},
			bounce.Result{
				Code: 421, Enhanced: "4.7.1", Stage: bounce.StageRcpt, Claimed: bounce.Temporary, Actual: bounce.Permanent,
				Category: bounce.IPBlocklisted, Scope: bounce.ScopeIP, Action: bounce.ActionDelist, Retry: bounce.Retry{After: 14400, Max: 43200, GiveUp: 259200},
				List: bounce.List{Zone: "bl.spamcop.net", Name: "SpamCop"}, DelistURL: "https://www.spamcop.net/bl.shtml",
				IPs: []netip.Addr{ours}, Domains: []string{"bl.spamcop.net"}, URLs: []string{"https://www.spamcop.net/bl.shtml?192.0.2.25"}, Confidence: bounce.Certain,
			},
		},
		"a refusal of the list": {
			bounce.Observation{Text: "554 5.7.1 Client host [192.0.2.25] blocked using zen.spamhaus.org; Error: open resolver", Stage: bounce.StageRcpt},
			bounce.Result{
				Code: 554, Enhanced: "5.7.1", Stage: bounce.StageRcpt, Claimed: bounce.Permanent, Actual: bounce.Temporary,
				Category: bounce.RemoteMisconfigured, Scope: bounce.ScopeReceiver, Action: bounce.ActionTellReceiver, Retry: bounce.Retry{After: 14400, Max: 86400, GiveUp: 604800},
				List: bounce.List{Zone: "zen.spamhaus.org", Name: "Spamhaus ZEN"},
				IPs:  []netip.Addr{ours}, Domains: []string{"zen.spamhaus.org"}, Confidence: bounce.Certain,
			},
		},
		"a mailbox that does not exist": {
			bounce.Observation{Text: "550 5.1.1 <spamhaus@client.example>: Recipient address rejected: User unknown", Stage: bounce.StageRcpt, Sender: "bounce@sender.example", Recipient: "spamhaus@client.example", LocalIP: ours},
			bounce.Result{
				Code: 550, Enhanced: "5.1.1", Stage: bounce.StageRcpt, Claimed: bounce.Permanent, Actual: bounce.Permanent,
				Category: bounce.MailboxUnknown, Scope: bounce.ScopeRecipient, Action: bounce.ActionRemove,
				Addresses: []string{"spamhaus@client.example"}, Confidence: bounce.Likely,
			},
		},
		"a mailbox of the sender": {
			bounce.Observation{Text: "550 5.1.1 <bounce@sender.example>: Sender address rejected: User unknown", Stage: bounce.StageRcpt, Sender: "bounce@sender.example", Recipient: "jan@client.example"},
			bounce.Result{
				Code: 550, Enhanced: "5.1.1", Stage: bounce.StageRcpt, Claimed: bounce.Permanent, Actual: bounce.Permanent,
				Category: bounce.SenderRejected, Scope: bounce.ScopeAccount, Action: bounce.ActionFixSender,
				Addresses: []string{"bounce@sender.example"}, Confidence: bounce.Likely,
			},
		},
		"a full mailbox that is called permanent": {
			bounce.Observation{Text: "552 5.2.2 <full@client.example> Quota exceeded (mailbox for user is full)", Stage: bounce.StageBody},
			bounce.Result{
				Code: 552, Enhanced: "5.2.2", Stage: bounce.StageBody, Claimed: bounce.Permanent, Actual: bounce.Temporary,
				Category: bounce.MailboxFull, Scope: bounce.ScopeRecipient, Action: bounce.ActionRetry, Retry: bounce.Retry{After: 14400, Max: 86400, GiveUp: 604800},
				Addresses: []string{"full@client.example"}, Confidence: bounce.Likely,
			},
		},
		"greylisting that is called permanent, with a wait": {
			bounce.Observation{Text: "550 5.7.1 Greylisted, please try again in 180 seconds", Stage: bounce.StageRcpt},
			bounce.Result{
				Code: 550, Enhanced: "5.7.1", Stage: bounce.StageRcpt, Claimed: bounce.Permanent, Actual: bounce.Temporary,
				Category: bounce.Greylisted, Scope: bounce.ScopeSession, Action: bounce.ActionRetry, Retry: bounce.Retry{After: 180, Max: 1800, GiveUp: 86400, Stated: true},
				Confidence: bounce.Likely,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := bounce.Evaluate(tt.observation)
			require.NotEmpty(t, got.Findings)
			require.NotEmpty(t, got.Rule)
			require.NotEmpty(t, got.Reason)
			require.NotZero(t, got.Evidence)
			got.Findings, got.Rule, got.Reason, got.Evidence = nil, "", "", tt.want.Evidence
			require.Equal(t, tt.want, got)
		})
	}
}

// TestIndependentListForms names lists in the ways that servers have.
func TestIndependentListForms(t *testing.T) {
	forms := []string{
		"554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using ZONE",
		"550 5.7.1 Email rejected, 192.0.2.25 is listed at ZONE",
		"550-192.0.2.25 is in an RBL at ZONE\n550 see the web",
		"550 HOST 192.0.2.25 IS BLACKLISTED BY ZONE",
		"571 192.0.2.25 blocked by RBL: ZONE",
		"550 5.7.1 ACL dns_rbl; Client host [192.0.2.25] blocked using ZONE=127.0.0.2",
		"554 5.7.1 DNSBL:ZONE 192.0.2.25",
	}
	// A list that is not known is found only by words like these.
	known := []string{
		"550 5.7.1 rejected: ZONE says 192.0.2.25 sends spam",
		"554 5.7.1 found your IP 192.0.2.25 on ZONE",
		"421 4.7.1 blocked by ZONE, 192.0.2.25",
		"550 5.7.1 Mail from 192.0.2.25 refused by blackhole site ZONE",
		"550 5.7.1 Blocked - see http://ZONE/?192.0.2.25",
		"550 Denied by policy: [192.0.2.25] ZONE (127.0.0.2)",
		"550 5.1.1 <jan@client.example>: 192.0.2.25 in ZONE, access denied",
	}
	refused := []string{
		"554 5.7.1 Client host [192.0.2.25] blocked using ZONE; Error: open resolver",
		"550 192.0.2.25 listed in ZONE (127.255.255.254)",
		"550 5.7.1 ZONE returned 127.255.255.255 for 192.0.2.25",
	}
	live := []string{
		"zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "psbl.surriel.com", "bl.mailspike.net", "dnsbl-1.uceprotect.net",
		"all.spamrats.com", "dnsbl.dronebl.org", "bl.blocklist.de", "truncate.gbudb.net", "rbl.interserver.net", "dnsrbl.swinog.ch",
		"bl.0spam.org", "all.s5h.net", "hostkarma.junkemailfilter.com", "rbl.your-server.de",
	}
	check := func(form, zone string, want bounce.Category) {
		t.Helper()
		if strings.Contains(form, "HOST") {
			zone = strings.ToUpper(zone)
		}
		text := strings.ReplaceAll(form, "ZONE", zone)
		res := bounce.Evaluate(bounce.Observation{Text: text, Stage: bounce.StageRcpt})
		require.Equal(t, want, res.Category, text)
		require.Equal(t, strings.ToLower(zone), res.List.Zone, text)
	}
	for _, form := range slices.Concat(forms, known) {
		for _, zone := range live {
			check(form, zone, bounce.IPBlocklisted)
		}
		for _, zone := range []string{"dnsbl.sorbs.net", "ix.dnsbl.manitu.net", "dnsbl.njabl.org"} {
			check(form, zone, bounce.RemoteMisconfigured)
		}
	}
	for _, form := range refused {
		for _, zone := range append(live, "dnsbl.sorbs.net") {
			check(form, zone, bounce.RemoteMisconfigured)
		}
	}
	for _, form := range forms {
		check(form, "unknown-list.example.net", bounce.IPBlocklisted)
		check(form, "rbl.example.net", bounce.IPBlocklisted)
	}
}

// TestIndependentKeepsRecipients is the one promise that must hold whatever else is
// wrong: no recipient is given up for what is not about the recipient.
func TestIndependentKeepsRecipients(t *testing.T) {
	for _, r := range independentResults(t, "independent_*.txt") {
		if len(r.entry.want) == 0 || r.observation.Text == "" {
			continue
		}
		want := strings.Split(r.entry.want[1], "|")
		if r.entry.want[1] == "*" {
			want = nil
		}
		for _, a := range []bounce.Action{bounce.ActionRemove, bounce.ActionSuppress} {
			about := strings.Contains(r.entry.want[0], "mailbox-") || r.entry.want[0] == string(bounce.Complaint)
			if about && (want == nil || slices.Contains(want, string(a))) {
				continue
			}
			require.NotEqual(t, a, r.result.Action, "%s: %s\nrule %s", r.id, r.entry.text, r.result.Rule)
		}
	}
}

// TestDoubt reads texts that hold the words of an unknown mailbox, and other words that
// leave doubt.
func TestDoubt(t *testing.T) {
	b, err := os.ReadFile("testdata/doubt.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(b)) {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		res := bounce.Evaluate(bounce.Observation{Text: text, Stage: bounce.StageRcpt})
		require.NotContains(t, []bounce.Action{bounce.ActionRemove, bounce.ActionSuppress}, res.Action, "%s\nrule %s", text, res.Rule)
	}
}

// TestWordsWithoutBlanks has scripts in which words follow each other without any.
func TestWordsWithoutBlanks(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       bounce.Action
	}{
		{"plain words", strings.Repeat("该邮箱不存在", 100), bounce.ActionRemove},
		{"one word that is not", strings.Repeat("该邮箱不存在", 100) + "垃圾" + strings.Repeat("邮箱", 9), bounce.ActionReview},
		{"a character cut short", "该邮箱不存在\xe9\x82", bounce.ActionRemove},
		{"octets that are no characters", "不存在" + strings.Repeat("\x82", 300), bounce.ActionReview},
		{"a start and such octets", "\xe9" + strings.Repeat("\x82", 300), bounce.ActionReview},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, bounce.Evaluate(bounce.ParseReply("550 5.1.1 user unknown "+tt.text)).Action)
		})
	}
}

// TestIndependentUnderAnotherCode puts "550 5.1.1" in front of all texts that are not
// about a mailbox, as servers do: whatever the code, the words keep the recipient.
func TestIndependentUnderAnotherCode(t *testing.T) {
	codes := regexp.MustCompile(`(?m)^[45]\d\d([- ])(#?[45]\.\d{1,3}\.\d{1,3}[: ]*)?`)
	var n int
	for _, r := range independentResults(t, "independent_*.txt") {
		o := r.observation
		switch {
		case o.Text == "" || strings.Contains(r.entry.file, "logs") || strings.Contains(r.entry.file, "mail"):
			continue
		case strings.Contains(r.entry.want[0], "mailbox-") || strings.Contains(r.entry.want[0], "unknown"), r.entry.want[0] == string(bounce.Accepted):
			continue
		case o.Text == "535 5.1.1 No such user":
			continue // Only its code says that it is about a login.
		}
		o.Text, o.Code, o.Enhanced, o.Stage = codes.ReplaceAllString(o.Text, "550${1}5.1.1 "), 0, "", bounce.StageRcpt
		res := bounce.Evaluate(o)
		require.NotContains(t, []bounce.Action{bounce.ActionRemove, bounce.ActionSuppress}, res.Action, "%s: %s\nrule %s", r.id, o.Text, res.Rule)
		n++
	}
	require.Greater(t, n, 450)
}

// TestIndependentBesideUnknown puts the words for an unknown mailbox, of all languages, in
// front of the texts that are not about a mailbox, and behind: nobody is removed.
func TestIndependentBesideUnknown(t *testing.T) {
	unknown := []string{
		"User unknown", "No such user here", "Пользователь не найден", "Користувача не існує", "Empfänger unbekannt", "Utilisateur inconnu",
		"Usuario desconocido", "Usuário desconhecido", "Utente sconosciuto", "ユーザーが存在しません", "用户不存在",
	}
	// They say nothing that an unknown mailbox could not be the reason of.
	nothing := []string{"Error: no valid recipients", "Mail rejected by destination domain", "No such user", "mail server permanently rejected message (#5.3.0)", "rejected"}
	codes := regexp.MustCompile(`(?m)^[45]\d\d[- ](#?[45]\.\d{1,3}\.\d{1,3}[: ]*)?`)
	var n int
	for i, r := range independentResults(t, "independent_*.txt") {
		o := r.observation
		switch {
		case o.Text == "" || strings.Contains(r.entry.file, "logs") || strings.Contains(r.entry.file, "mail"):
			continue
		case strings.Contains(r.entry.want[0], "mailbox-") || r.entry.want[0] == string(bounce.Accepted):
			continue
		}
		text := strings.TrimSpace(codes.ReplaceAllString(o.Text, ""))
		if slices.Contains(nothing, text) {
			continue
		}
		words := unknown[i%len(unknown)]
		for _, text := range []string{words + "; " + text, text + " - " + words, words + " (" + text + ")"} {
			o.Text, o.Code, o.Enhanced, o.Stage = "550 5.1.1 "+text, 0, "", bounce.StageRcpt
			res := bounce.Evaluate(o)
			require.NotContains(t, []bounce.Action{bounce.ActionRemove, bounce.ActionSuppress}, res.Action, "%s: %s\nrule %s", r.id, o.Text, res.Rule)
			n++
		}
	}
	require.Greater(t, n, 1500)
}

// TestIndependentInOtherForms reads each reply as it comes through programs: wrapped,
// in capitals, in a log, in an error. It must mean the same.
func TestIndependentInOtherForms(t *testing.T) {
	commands := map[bounce.Stage]string{bounce.StageMail: "MAIL FROM", bounce.StageRcpt: "RCPT TO", bounce.StageBody: "end of DATA"}
	var n int
	for _, r := range independentResults(t, "independent_*.txt") {
		if r.observation.Text == "" || strings.Contains(r.entry.file, "logs") || strings.Contains(r.entry.file, "mail") {
			continue
		}
		same := func(form string, o bounce.Observation) {
			t.Helper()
			o.Stage, o.Sender, o.Recipient, o.RemoteHost = r.observation.Stage, r.observation.Sender, r.observation.Recipient, r.observation.RemoteHost
			o.LocalIP, o.LocalHost = r.observation.LocalIP, r.observation.LocalHost
			res := bounce.Evaluate(o)
			require.Equal(t, []any{r.result.Category, r.result.Action, r.result.Provider, r.result.List}, []any{res.Category, res.Action, res.Provider, res.List}, "%s: %s", form, o.Text)
			n++
		}
		text := r.observation.Text
		same("capitals", bounce.Observation{Text: strings.ToUpper(text)})
		same("in one line", bounce.Observation{Text: strings.ReplaceAll(text, "\n", " ")})
		same("with escapes", bounce.Observation{Text: strings.ReplaceAll(text, "\n", `\n`)})
		same("with CR", bounce.Observation{Text: strings.ReplaceAll(text, "\n", "\r\n")})
		same("wrapped", bounce.Observation{Text: wrapped(text)})
		command := commands[r.observation.Stage]
		if command == "" || r.result.Code < 400 {
			continue
		}
		status := "bounced"
		if r.result.Code < 500 {
			status = "deferred"
		}
		logged := bounce.ParseLog("Nov 20 09:14:03 mailout postfix/smtp[1]: 4ZaB1c2D3e: to=<a@client.example>, relay=mx.client.example[203.0.113.10]:25, delay=1, dsn=5.0.0, status="+status+
			" (host mx.client.example[203.0.113.10] said: "+strings.ReplaceAll(text, "\n", " ")+" (in reply to "+command+" command))", corpusTime)
		require.Len(t, logged, 1, text)
		require.Equal(t, r.observation.Stage, logged[0].Stage)
		same("in a log of Postfix", logged[0])
		raised := bounce.ParseLog(fmt.Sprintf("smtplib.SMTPDataError: (%d, b'%s')", r.result.Code, strings.TrimLeft(strings.ReplaceAll(text[3:], "\n", `\n`), " -")), corpusTime)
		require.Len(t, raised, 1, text)
		same("in an error of Python", raised[0])
	}
	require.Greater(t, n, 4000)
}

// wrapped breaks lines as mail programs do.
func wrapped(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && column+len(word) > 60:
			b.WriteString("\n    ")
			column = 0
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(word)
		column += len(word) + 1
	}
	return b.String()
}

// TestIndependentCoverage counts the entries, so that a gap shows.
func TestIndependentCoverage(t *testing.T) {
	categories, providers, languages := map[string]int{}, map[string]int{}, map[string]int{}
	var near int
	for _, e := range corpus(t, "independent_*.txt") {
		if strings.Contains(e.file, "near") {
			near++
		}
		for i, w := range e.want {
			name, v, _ := strings.Cut(w, "=")
			switch {
			case i == 0:
				for c := range strings.SplitSeq(w, "|") {
					categories[c]++
				}
			case name == "provider":
				providers[v]++
			case name == "lang":
				languages[v]++
			}
		}
	}
	require.GreaterOrEqual(t, near, 80)
	for _, c := range bounce.Categories() {
		require.Positive(t, categories[string(c.Category)], c.Category)
	}
	require.GreaterOrEqual(t, len(providers), 35)
	require.ElementsMatch(t, []string{"ru", "uk", "de", "fr", "es", "pt", "it", "ja", "zh"}, slices.Collect(maps.Keys(languages)))
	for _, counts := range []map[string]int{categories, providers, languages} {
		keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
		})
		var b strings.Builder
		for _, k := range keys {
			fmt.Fprintf(&b, "%s %d, ", k, counts[k])
		}
		t.Log(b.String())
	}
}

// TestIndependentScore logs the share that is right.
func TestIndependentScore(t *testing.T) {
	var files []string
	n := map[string]*[4]int{}
	for _, r := range independentResults(t, "independent_*.txt") {
		if n[r.entry.file] == nil {
			n[r.entry.file] = new([4]int)
			files = append(files, r.entry.file)
		}
		for _, key := range []string{r.entry.file, "all"} {
			if n[key] == nil {
				n[key] = new([4]int)
			}
			n[key][0]++
			for i, ok := range []bool{r.category, r.action, r.right()} {
				if ok {
					n[key][i+1]++
				}
			}
		}
		if os.Getenv("INDEPENDENT_DUMP") != "" && !r.right() {
			t.Logf("%s\n%s\n   %s\n   rule %s, %s", r.id, r.entry.text, strings.Join(r.why, "; "), r.result.Rule, r.result.Reason)
		}
	}
	for _, f := range append(files, "all") {
		c := n[f]
		t.Logf("%-28s %3d entries, category %5.1f%%, action %5.1f%%, all %5.1f%%", f, c[0],
			100*float64(c[1])/float64(c[0]), 100*float64(c[2])/float64(c[0]), 100*float64(c[3])/float64(c[0]))
	}
}
