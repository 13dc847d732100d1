package bounce

// franceRules are those of providers in France. Orange and La Poste put a number
// behind OFR or LPN.
var franceRules = []replyRule{
	{id: "orange.is", is: ProviderOrange, any: []string{"|ofr_", "|ofr0", "postmaster.orange.fr", "|ofr1", "orange.fr/", "|wanadoo|"}},
	{id: "laposte.is", is: ProviderLaPoste, any: []string{"|lpn_", "|lpn0", "laposte.net"}},
	franceCode("list", IPBlocklisted, []string{"101", "102", "108"}, "a block list, mostly of Spamhaus, has the address", "550 5.2.0 OFR_102 Mail rejete. Adresse IP 192.0.2.1 listee. Veuillez visiter https://postmaster.orange.fr"),
	franceCode("refused", IPReputation, []string{"103", "110", "515"}, "the address or message is refused for its reputation", "550 5.2.0 OFR_103 Service refuse. Veuillez essayer plus tard."),
	franceCode("connections", RateLimited, []string{"104", "105", "106", "107", "201", "202", "203", "204", "205", "206", "207", "208", "209", "210", "505"}, "too many connections or too much mail", "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR_104 [104]"),
	franceCode("auth", AuthFailed, []string{"305", "401", "402", "517"}, "SPF, DKIM or DMARC did not pass", "550 5.7.1 LPN007_401 Message refuse"),
	franceCode("sender", SenderRejected, []string{"405", "415"}, "the sender's address or its domain is refused", "501 5.1.0 Emetteur invalide. Invalid Sender. OFR_405 [405]"),
	franceCode("unknown", MailboxUnknown, []string{"416"}, "there is no such mailbox", "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]"),
	franceCode("full", MailboxFull, []string{"417"}, "the mailbox is full", "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]"),
	franceCode("disabled", MailboxDisabled, []string{"420", "426"}, "the mailbox is closed", "550 5.2.1 Boite du destinataire archivee. Archived recipient. OFR_420 [420]"),
	franceCode("size", MessageTooLarge, []string{"514"}, "the message is too large", "550 5.2.0 Taille limite du message atteinte. Maximum size of the message reached. OFR_514 [514]"),
	franceCode("content", ContentSpam, []string{"501", "506", "513"}, "the content is taken for spam", "550 5.7.1 Message refuse. OFR_501 [501]"),
	{
		id: "sfr.spam", is: ProviderSFR, tier: tierToken, category: ContentSpam,
		any: []string{"csi.cloudmark.com…sfr", "postmaster.sfr", "sfr…spam"}, why: "SFR takes the message for spam",
		texts: []string{"554 5.7.1 Message rejected as spam, see http://postmaster.sfr.fr"},
	},
	{id: "free.is", is: ProviderFree, any: []string{"postmaster.free.fr"}},
	{
		id: "free.rate", is: ProviderFree, tier: tierToken, category: RateLimited,
		any: []string{"too many spams from your ip", "spam detected, too many"}, why: "Free counts too many messages that it takes for spam from the address",
		texts: []string{"451 too many spams from your IP (192.0.2.1), please visit http://postmaster.free.fr/"},
	},
	{
		id: "ovh.hostname", is: ProviderOVH, tier: tierToken, category: BadRDNS,
		any: []string{"client host rejected: cannot find your reverse hostname…ovh", "ovh…reverse hostname", "your reverse hostname…ovh"}, why: "OVH does not take mail from addresses without a PTR record",
		texts: []string{"550 5.7.1 OVH mail system: cannot find your reverse hostname"},
	},
}

// franceCode makes a rule of numbers behind OFR or LPN. The number in brackets at the
// end is the same one.
func franceCode(id string, c Category, numbers []string, why, text string) replyRule {
	r := replyRule{id: "france." + id, tier: tierToken, category: c, why: "by its number at Orange or La Poste, " + why, texts: []string{text}}
	for _, n := range numbers {
		r.any = append(r.any, "ofr_"+n, "ofr006_"+n, "ofr004_"+n, "ofr005_"+n, "ofr007_"+n, "ofr_"+n+"]", "lpn007_"+n, "lpn006_"+n, "lpn105_"+n, "lpn_"+n, "lpn106_"+n, "lpn"+n, "ofr"+n)
	}
	if c == AuthFailed {
		r.mech = mechAll
	}
	if r.category == MailboxUnknown || r.category == MailboxFull || r.category == MailboxDisabled {
		r.stage = StageRcpt
	}
	return r
}
