package bounce

// asiaRules are those of providers in China, Japan and Korea.
var asiaRules = []replyRule{
	{id: "netease.is", is: ProviderNetEase, any: []string{"help_spam_16", "mail.163.com", "help.163.com", "mailhelp.126.com", "mail.126.com"}},
	{id: "qq.is", is: ProviderQQ, any: []string{"service.mail.qq.com", "mail.qq.com", "exmail.qq.com"}},
	asiaCode("spf", AuthFailed, mechSPF, []string{"mi:spf", "dt:spf"}, "SPF did not pass", "550 MI:SPF mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1&hostid=mx1&time=1700000000"),
	asiaCode("dkim", AuthFailed, mechDKIM, []string{"mi:dkim", "mi:dma", "dt:dkim"}, "DKIM or DMARC did not pass", "550 MI:DMA mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	asiaCode("spam", ContentSpam, nil, []string{"dt:spm", "mi:spb", "dt:spb", "dt:spt", "mi:spt", "mi:spm", "dt:cnt"}, "the message is taken for spam", "554 DT:SPM 163 mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	asiaCode("rate", RateLimited, nil, []string{"mi:nrc", "mi:stc", "mi:iml", "mi:ims", "mi:dmc", "mi:fcs", "mi:afc", "mi:ctl", "mi:cel", "mi:mlf", "rp:qrc", "rp:trc", "rp:ctc", "rp:cec", "rp:rcl", "mi:ccl", "hl:icc", "hl:ifc", "hl:ifq"}, "too much comes at a time", "421 MI:IML mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	asiaCode("ip", IPReputation, nil, []string{"mi:rbl", "mi:ibr", "mi:iba", "rp:cel", "hl:rep", "hl:mep", "hl:ihu", "hl:ipb"}, "the address is blocked", "554 MI:RBL mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	asiaCode("list", IPBlocklisted, nil, []string{"dt:rbl"}, "block lists have the address", "450 DT:RBL mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	asiaCode("sender", SenderRejected, nil, []string{"mi:sfq", "mi:fsp", "mi:dul", "mi:bdu"}, "the sender is refused", "553 MI:SFQ mx1,abc 1700000000 http://mail.163.com/help/help_spam_16.htm"),
	{
		id: "qq.frequency", is: ProviderQQ, tier: tierToken, category: RateLimited,
		any: []string{"mailbox unavailable or access denied…qq.com", "connection frequency limited", "ip frequency limited", "domain frequency limited", "frequency limited", "mailbox frequency limited", "sender frequency limited"}, why: "QQ says that too much comes at a time",
		texts: []string{"550 Connection frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000722"},
	},
	{
		id: "qq.suspicion", is: ProviderQQ, tier: tierToken, category: IPReputation,
		any: []string{"suspected spam ip", "suspected bounce attacks", "connection denied…qq", "|ip|…service.mail.qq.com…no=1000726"}, why: "QQ blocks the address",
		texts: []string{"550 Suspected bounce attacks http://service.mail.qq.com/cgi-bin/help?subtype=1&&no=1000726"},
	},
	{
		id: "qq.content", is: ProviderQQ, tier: tierToken, category: ContentSpam,
		any: []string{"mail content denied", "spam is embedded in the email", "mail contains url"}, why: "QQ takes the content for spam",
		texts: []string{"550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726"},
	},
	{
		id: "qq.refused", at: ProviderQQ, tier: tierToken, category: RecipientRefused,
		any: []string{"mail is rejected by recipients"}, why: "QQ says that the recipient, or the recipient's filter, refuses the sender",
		texts: []string{"550 Mail is rejected by recipients. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000730"},
	},
	{
		id: "qq.unknown", is: ProviderQQ, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"mailbox not found…qq.com", "recipient may contain a non-existent account", "the recipient may contain a non-existent account"}, why: "QQ says that there is no such mailbox",
		texts: []string{"550 The recipient may contain a non-existent account, please check the recipient address."},
	},
	// The carriers take RCPT for whatever name, and refuse the data in the same words where
	// the recipient's own filter does not let it pass.
	{
		id: "docomo.filtered", is: ProviderDocomo, tier: tierToken, first: true, category: RecipientRefused, stages: []Stage{StageBody, StageData},
		any: []string{"unknown user…docomo.ne.jp"}, why: "DOCOMO says so of a message that the recipient's filter refuses",
		texts: []string{"550 Unknown user bob@docomo.ne.jp"},
	},
	{
		id: "au.filtered", is: ProviderAU, tier: tierToken, category: RecipientRefused, stages: []Stage{StageBody, StageData},
		any: []string{"@ezweb.ne.jp>: user unknown", "@au.com>: user unknown"}, why: "au says so of a message that the recipient's filter refuses",
		texts: []string{"550 <bob@ezweb.ne.jp>: User unknown"},
	},
	{
		id: "docomo.unknown", is: ProviderDocomo, tier: tierToken, category: MailboxUnknown, stage: StageRcpt, stages: []Stage{StageRcpt},
		any: []string{"550 unknown user…docomo", "unknown user…docomo.ne.jp"}, why: "DOCOMO says that there is no such mailbox",
		texts: []string{"550 Unknown user bob@docomo.ne.jp"},
	},
	{
		id: "docomo.full", is: ProviderDocomo, tier: tierToken, category: MailboxFull, stage: StageRcpt,
		any: []string{"too much mail data"}, why: "DOCOMO says in these words that the mailbox is full",
		texts: []string{"552 Too much mail data bob@docomo.ne.jp"},
	},
	{
		id: "naver.blocked", is: ProviderNaver, tier: tierToken, category: IPReputation,
		any: []string{"mail.naver.com/blocked", "naver…blocked", "naver…rejected ip", "naver.com…policy"}, why: "Naver blocks the sender",
		texts: []string{"550 5.7.1 Blocked by naver policy, https://mail.naver.com/blocked"},
	},
}

// asiaCode makes a rule of NetEase's codes, which stand in front of the server's name.
func asiaCode(id string, c Category, mech []Mechanism, codes []string, why, text string) replyRule {
	return replyRule{
		id: "netease." + id, is: ProviderNetEase, tier: tierToken, category: c, mech: mech,
		any: codes, why: "by NetEase's code, " + why, texts: []string{text},
	}
}
