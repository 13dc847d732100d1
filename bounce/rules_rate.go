package bounce

// rateRules are about how much and how fast, and about greylisting.
var rateRules = []replyRule{
	{
		id: "rate.grey", tier: tierSender, category: Greylisted,
		any: []string{
			"greylist", "graylist", "grey-list", "gray-list", "grey list", "gray list", "greylisting", "postgrey", "sqlgrey", "milter-greylist", "policyd-weight…grey",
			"грейлист", "серый список", "серого списка", "сірий список", "серые списки", "liste grise", "lista gris", "lista cinza", "lista grigia", "graue liste", "グレイリスト", "灰名单", "greylisté",
		},
		not: []string{"unknown user", "user unknown", "no such user"},
		why: "the text speaks of greylisting",
		texts: []string{
			"450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.net.html",
			"451 4.7.1 Greylisting in action, please come back in 00:05:00",
			"451 Включён грейлистинг, повторите попытку через 10 минут",
		},
	},
	{
		id: "rate.grey-first", tier: tierSender, category: Greylisted, class: 4,
		any:   []string{"unknown sender…try again", "first contact", "first time sender", "first-time sender", "not yet authorized", "not yet authorised", "come back later", "not been seen before", "deferring for"},
		why:   "the receiver defers a sender that it does not know yet",
		texts: []string{"450 4.7.1 First contact from your host, come back later"},
	},
	{
		id: "rate.grey-hint", tier: tierVague, category: Greylisted, class: 4, codes: []int{450, 451}, stages: []Stage{StageRcpt, StageData, StageMail},
		any:   []string{"please try again in", "try again in…seconds", "try again in…minutes", "temporarily rejected…try again", "temporarily deferred…try again", "temporary rejection…retry", "recipient…temporarily rejected"},
		not:   []string{"too many", "|rate", "limit", "exceed", "quota", "full"},
		why:   "the receiver asks to try again soon, as those do that defer unknown senders",
		texts: []string{"450 4.7.1 Temporarily rejected. Please try again in 5 minutes"},
	},
	{
		id: "rate.rate", tier: tierSender, category: RateLimited,
		any: []string{
			"rate limit", "rate-limit", "ratelimit", "rate exceeded", "too many messages", "too many emails", "too many mails", "too many connections", "too many concurrent", "too many open", "recipients per message", "too many sessions", "too many recipients", "too many errors", "too many invalid", "too many bad", "too many unknown", "too many smtp", "sent more than…messages", "too much mail", "too many simultaneous", "max connections", "maximum connections", "maximum number of connections", "connection rate", "connection limit", "concurrent connections", "simultaneous connections", "exceeded…limit", "exceeded the maximum", "exceeds…rate", "sending rate", "message rate", "messages per hour", "messages per day", "emails per hour", "per hour", "throttl", "slow down", "too fast", "too quickly", "sending too", "unusual rate", "mail flood", "volume of", "excessive volume", "excessive rate", "excessive number", "|quota|…sender", "sender…quota", "daily limit", "hourly limit", "limit exceeded", "exceeded limit", "sent to too many", "sending limit", "over rate limit", "reached…limit", "limit reached", "reached the limit", "delivery rate", "connection frequency", "frequency limited", "resources restricted", "suspicious volume",
			"превышен лимит", "превышено количество", "превышен…лимит", "слишком много", "слишком часто", "лимит…исчерпан", "перевищено", "забагато", "занадто багато", "zu viele", "limit uberschritten", "uberschritten", "limite d'envoi", "trop de", "trop d'", "limite…depasse", "demasiados", "demasiadas", "limite de envio", "limite excedido", "muitas conexoes", "muitos", "muitas mensagens", "excedeu", "troppi", "troppe", "limite superato", "superato il limite", "多すぎ", "制限", "超過", "频率", "过于频繁", "过多", "超出…限制", "超过…限制", "限制",
		},
		not: []string{"size", "大小", "mailbox full", "mailbox is full", "over quota", "quota exceeded", "mailbox…quota", "storage", "mailbox size", "too many hops", "hop count", "message exceeds", "too big", "too large", "line", "размер", "ящик", "容量", "mb limit", "too many received", "taille", "tamano", "tamanho", "dimension", "quota"},
		why: "the text says that too much came at a time",
		texts: []string{
			"421 4.7.0 Too many concurrent SMTP connections; please try again later",
			"452 4.5.3 Error: too many recipients",
			"451 4.7.1 Превышен лимит сообщений, повторите через 1 час",
			"421 4.7.0 Trop de connexions simultanees depuis votre adresse",
			"421 4.7.0 Zu viele Verbindungen von Ihrer IP-Adresse",
		},
	},
	{
		id: "rate.sender-quota", tier: tierSender, category: RateLimited, scope: ScopeAccount,
		any: []string{"your daily limit for message recipients", "unusual sending activity", "submissionquotaexceeded", "daily user sending quota exceeded", "user sending quota", "daily sending limit", "sender…exceeded…limit", "account…exceeded…limit", "you have exceeded your", "sent to too many recipients", "has exceeded the max", "has exceeded the maximum", "your account…limit", "hourly quota", "maximum daily", "max defers and failures per hour", "message submission rate", "submission limit", "sender rate limit", "per-user", "mailbox…send limit", "outgoing limit", "outbound limit"},
		why: "the text says that the account sends too much",
		texts: []string{
			"550 5.1.1 news@example.org has exceeded its hourly quota",
		},
	},
	{
		id: "rate.quota", tier: tierSender, category: RateLimited,
		any:   []string{"sending quota", "connection quota", "message quota exceeded", "quota for sending", "quota for outgoing", "outgoing quota"},
		why:   "the text speaks of a quota of the sender",
		texts: []string{"552 5.2.2 Daily sending quota exceeded"},
	},
	{
		id: "rate.recipient", tier: tierSender, category: RateLimited, scope: ScopeRecipient,
		any:   []string{"user…receiving mail too quickly", "user…receiving mail at a rate", "recipient…receiving mail at a rate", "recipient…too many messages", "mailbox…receiving…too", "recipient…rate limit", "recipientrate", "receiving rate", "recipient limit", "received too many messages"},
		not:   []string{"too many recipients"},
		why:   "the text says that the recipient gets too much at a time",
		texts: []string{"450 4.2.1 Recipient has received too many messages, recipient rate limit reached"},
	},
}
