package bounce

// signalRules tell what a text mentions. They decide nothing alone.
var signalRules = []replyRule{
	{id: "signal.listed", signal: signalListed, any: []string{
		"block list", "blocklist", "block-list", "blacklist", "black list", "black-list", "blackhole", "|blocked|", "|listed|", "is listed", "|listing|", "|bloqu",
		"|rbl|", "|rbls|", "|dnsbl|", "|dnsbls|", "|bl|", "|denied by|", "|rejected by|", "|rejected due to|", "|found in|", "|found on|", "|reputation|", "|refused by|", "|refusal|",
		"rejected", "refused", "denied", "|delist", "removal", "|banned|", "see http", "|query|",
		"заблокир", "блокиров", "черн…спис", "блокован", "чорн…спис", "gesperrt", "blockiert", "sperrliste", "gelistet", "liste noire", "lista negra", "listado", "lista nera", "elencato", "in lista",
		"ブラックリスト", "拒否", "ブロック", "黑名单", "封禁", "拦截", "屏蔽",
	}},
	{id: "signal.domain", signal: signalDomain, any: []string{
		"sender address", "sender domain", "sender's domain", "sending domain", "from domain", "domain in from", "your domain", "|domain|…listed", "|domain|…blocked", "|domain|…blacklist",
		"|domain|…blocklist", "helo command", "helo domain", "reverse dns name…blocked", "envelope sender", "from address", "mail from domain", "domain name…listed", "ваш домен", "домен…черн", "ihre domain", "votre domaine", "su dominio", "seu dominio", "il dominio", "发件人域名", "ドメイン",
	}},
	{id: "signal.link", signal: signalLink, any: []string{
		"|url|", "|urls|", "|uri|", "|uris|", "|link|", "|links|", "|hyperlink|", "message body contains", "body contains", "message contains", "content contains", "ссылк", "посилання", "verlinkt", "un lien", "enlace", "リンク", "链接",
	}},
	{id: "signal.host", signal: signalHost, any: []string{
		"client host", "client [", "client address", "your ip", "ip address", "sending ip", "source ip", "ip [", "|ip|", "host [", "your mail server", "your server", "sending mta", "connecting host", "connecting ip", "remote host", "ваш ip", "ip-адрес", "ip адрес",
	}},
	{id: "signal.sender", signal: signalSender, any: []string{
		"sender address", "sender rejected", "sender domain", "|sender|…rejected", "|sender|…denied", "|sender|…blocked", "mail from", "your ip", "your domain", "client host", "your host", "your server", "sending ip", "sender ip", "connecting ip", "from address", "envelope sender",
		"return path", "return-path", "originating ip", "helo command", "|your email|…blocked", "|reputation|", "your message", "your mail server", "your isp", "|dnsbl|", "|rbl|", "blacklist", "blocklist", "|spam|", "|spf|", "dkim", "dmarc", "authenticat", "unsolicited", "too many", "|rate|", "relay access", "|relaying", "|originat", "reply-to", "|from:", "your address", "your email", "your e-mail", "your return address", "you are an unknown", "submission", "password", "passwort", "парол", "mot de passe", "contrasena", "senha", "spamtrap", "spam trap", "for bounces", "lookup failed", "lookups", "temporary", "temporarily", "ваш адрес", "ваша адреса", "ihre adresse", "votre adresse", "su direccion", "su cuenta", "seu endereco", "sua conta", "suo indirizzo", "tuo indirizzo", "送信者", "您的地址", "你的地址", "relay denied", "to relay", "open relay", "relay not", "|ptr|", "reverse dns",
		"отправител", "відправник", "absender", "emetteur", "expediteur", "remitente", "remetente", "mittente", "送信元", "差出人", "发件人", "寄件",
	}},
	{id: "signal.else", signal: signalElse, any: []string{
		"|your|", "|you|", "|sender|", "|message|", "|system|", "|server|", "|service|", "|header|", "|content|", "|time|", "|syntax|", "|helo|", "|ehlo|", "|signed|", "|hops|", "|host|", "|connection|", "|dns|", "|originat",
	}},
	{id: "signal.retry", signal: signalRetry, any: []string{
		"try again", "try later", "|retry", "retrying", "|wait|", "come back", "|later|", "|after|", "greylist", "graylist", "grey list", "resend", "|again|", "|deferred", "|defer",
		"повтор", "попроб", "через", "позже", "пізніше", "спробуй", "erneut", "versuchen", "spater", "reessay", "plus tard", "intent", "tente", "riprov", "mas tarde", "tarde", "piu tardi", "再試行", "しばらく", "後で", "もう一度", "重试", "稍后", "稍候", "再次",
	}},
}

// brokenRules tell a receiver that misread the answer of a block list.
var brokenRules = []replyRule{
	{
		id: "broken.open-resolver", tier: tierBroken, category: RemoteMisconfigured,
		any: []string{"error: open resolver", "open resolver…spamhaus", "returnc/pub", "public resolver", "127.255.255.254", "open/public resolver", "querying via a public", "queries from public"},
		why: "the receiver asks the block list through a public resolver, and took the refusal for a listing",
		texts: []string{
			"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; Error: open resolver; https://www.spamhaus.org/returnc/pub/198.51.100.53",
		},
	},
	{
		id: "broken.volume", tier: tierBroken, category: RemoteMisconfigured,
		any: []string{"error: excessive queries", "returnc/vol", "excessive number of queries", "127.255.255.255", "query limit…spamhaus", "query volume"},
		why: "the receiver asks the block list more than it may, and took the refusal for a listing",
		texts: []string{
			"550 Blocked by zen.spamhaus.org (https://www.spamhaus.org/returnc/vol/)",
		},
	},
	{
		id: "broken.zone", tier: tierBroken, category: RemoteMisconfigured,
		any: []string{"127.255.255.252", "returnc/typo", "error: typing error", "127.255.255.253"},
		why: "the receiver asks a zone that the block list does not have, and took the refusal for a listing",
		texts: []string{
			"554 rejected by RBL: 127.255.255.252 typing error in DNSBL name",
		},
	},
	{
		id: "broken.refused", tier: tierBroken, category: RemoteMisconfigured,
		any: []string{"query refused…uribl", "uribl…query refused", "query refused…surbl", "refused.shtml", "127.0.0.1 -> query refused", "dns blocked…surbl", "surbl…dns blocked", "uribl…refused", "uribl…127.0.0.1|", "surbl…127.0.0.1|", "permission denied…dqs", "127.255.255."},
		why: "the block list refused the receiver's question, and the receiver took that for a listing",
		texts: []string{
			"550 5.7.1 URL in message blocked by multi.uribl.com: 127.0.0.1 -> Query Refused. See http://uribl.com/refused.shtml for more information",
		},
	},
	{
		id: "broken.lookup", tier: tierBroken, category: ServerError, class: 4,
		any: []string{"dnsbl lookup fail", "dnsbl lookup error", "rbl lookup fail", "rbl lookup error", "dnsbl timeout", "rbl timeout", "dns error while checking", "dnsbl…temporary failure", "rbl…temporary failure"},
		why: "the receiver could not ask a block list, and waits until it can",
		texts: []string{
			"421 4.3.2 DNSBL lookup failed for zen.spamhaus.org, try later",
		},
	},
	{
		id: "broken.localhost", tier: tierBroken, category: RemoteMisconfigured,
		any: []string{"client host [127.0.0.1] blocked", "client host [127.0.0.1]…blocked using", "[127.0.0.1]…is listed in", "[::1]…blocked using", "127.0.0.1 is listed"},
		why: "the receiver looked its own loopback address up in a block list",
		texts: []string{
			"554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using dnsbl.example.org",
		},
	},
}
