package bounce

// eastRules are those of providers in Russia and Ukraine.
var eastRules = []replyRule{
	{id: "mailru.is", is: ProviderMailRu, any: []string{"help.mail.ru", "mail.ru/notspam", "postmaster.mail.ru", "@corp.mail.ru"}},
	{
		id: "mailru.spam", is: ProviderMailRu, tier: tierToken, category: ContentSpam, url: "https://help.mail.ru/notspam-support/",
		any: []string{"help.mail.ru/notspam-support", "spam message rejected…mail.ru", "spam message discarded", "spam message rejected. please visit"}, why: "Mail.ru takes the message for spam; its page takes requests with the code in the text",
		texts: []string{"550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=AbCd1234 or report details to abuse@corp.mail.ru. Error code: 0123456789ABCDEF. ID: 0000000A0000001B5F3C7A2D"},
	},
	{
		id: "mailru.dmarc", is: ProviderMailRu, tier: tierToken, first: true, category: AuthFailed, mech: mechDMARC,
		any: []string{"dmarc policy owner…mail.ru", "according to domain owner policy…dmarc", "according to…owner policy (dmarc)", "violates dmarc…mail.ru", "owner policy. see…mail.ru", "unauthenticated…according to domain owner policy"}, why: "Mail.ru applies the DMARC policy of the sender's domain",
		texts: []string{"550 5.7.1 This message was not accepted due to domain example.org owner policy (DMARC). See https://help.mail.ru/mail-help/postmaster/dmarc according to domain owner policy (DMARC)"},
	},
	{
		id: "mailru.unknown", is: ProviderMailRu, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"invalid mailbox. local mailbox…is unavailable: user not found", "local mailbox…is unavailable: user not found", "local mailbox…unavailable: user not found"}, why: "Mail.ru says that there is no such mailbox",
		texts: []string{"550 Message was not accepted -- invalid mailbox. Local mailbox bob@mail.ru is unavailable: user not found"},
	},
	{
		id: "mailru.disabled", is: ProviderMailRu, tier: tierToken, category: MailboxDisabled, stage: StageRcpt,
		any: []string{"local mailbox…is unavailable: account is disabled", "local mailbox…account disabled", "is unavailable: account is disabled", "message was not accepted…account is disabled"}, why: "Mail.ru says that the mailbox is closed",
		texts: []string{"550 Message was not accepted -- invalid mailbox. Local mailbox bob@mail.ru is unavailable: account is disabled"},
	},
	{
		id: "mailru.full", is: ProviderMailRu, tier: tierToken, category: MailboxFull, stage: StageRcpt,
		any: []string{"local mailbox…is full", "local mailbox…quota", "mailbox of the user is full…mail.ru", "is unavailable: mailbox is full"}, why: "Mail.ru says that the mailbox is full",
		texts: []string{"552 Message was not accepted. Local mailbox bob@mail.ru is full"},
	},
	{
		id: "mailru.ip", is: ProviderMailRu, tier: tierToken, first: true, category: IPReputation, url: "https://postmaster.mail.ru/",
		any: []string{"access from ip address…mail.ru", "mail.ru/notspam?", "mail.ru/notspam/", "we do not accept mail from this ip…mail.ru", "ip is blocked…mail.ru", "try again later…postmaster.mail.ru"}, not: []string{"too many", "|rate", "limit"}, why: "Mail.ru blocks the sending address",
		texts: []string{"550 Access from ip address 192.0.2.1 blocked. Visit http://mail.ru/notspam/"},
	},
	{id: "yandex.is", is: ProviderYandex, any: []string{"ya.cc/", "yandex.ru", "yandex.net", "yandex.com", "feedback.yandex"}},
	{
		id: "yandex.spam", is: ProviderYandex, tier: tierToken, category: ContentSpam, url: "https://yandex.ru/support/mail/spam/honest-mailers.html",
		any: []string{"message rejected under suspicion of spam", "under suspicion of spam", "suspicion of spam"}, why: "Yandex takes the message for spam",
		texts: []string{"554 5.7.1 Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1700000000-AbCdEf12-GhIjKl34"},
	},
	{
		id: "yandex.unknown", at: ProviderYandex, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"no such user!", "no such user"}, why: "Yandex says that there is no such mailbox, whatever its code",
		texts: []string{"550 5.7.1 No such user! 1700000000-AbCdEf12 https://yandex.ru/support"},
	},
	{
		id: "yandex.soft", at: ProviderYandex, tier: tierToken, class: 4, category: IPReputation, action: ActionSlowDown,
		any: []string{"service is currently unavailable", "sorry, the service is currently unavailable", "try again later"}, why: "Yandex defers senders of low reputation in these words",
		texts: []string{"451 4.7.1 Sorry, the service is currently unavailable. Please come back later. https://ya.cc/ 1700000000-AbCdEf12"},
	},
	{
		id: "yandex.rate", at: ProviderYandex, tier: tierToken, category: RateLimited,
		any: []string{"too many recipients", "message limit", "limit is exceeded", "rate limit", "too many connections"}, why: "Yandex says that too much comes at a time",
		texts: []string{"452 4.5.3 Recipients limit is exceeded; yandex.ru/support"},
	},
	{id: "ukrnet.is", is: ProviderUkrNet, any: []string{"mail.ukr.net", "@ukr.net…заблок", "postmaster@ukr.net", "wiki.ukr.net"}},
	{
		id: "ukrnet.spam", is: ProviderUkrNet, tier: tierToken, category: ContentSpam,
		any: []string{"mail.ukr.net/terms", "wiki.ukr.net/spam", "визнано спамом", "розпізнано як спам"}, why: "ukr.net takes the message for spam",
		texts: []string{"550 Ваш лист розпізнано як спам, дивіться https://mail.ukr.net/terms"},
	},
	{id: "rambler.is", is: ProviderRambler, any: []string{"help.rambler.ru", "support.rambler", "rambler.ru/"}},
	{
		id: "rambler.spam", is: ProviderRambler, tier: tierToken, category: ContentSpam,
		any: []string{"rambler…spam", "help.rambler.ru…spam", "spam…help.rambler.ru", "спам…rambler"}, why: "Rambler takes the message for spam",
		texts: []string{"550 5.7.1 Message looks like SPAM. See https://help.rambler.ru/mail/"},
	},
}
