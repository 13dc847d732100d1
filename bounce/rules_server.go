package bounce

// serverRules are about the receiver, the way there and the session.
var serverRules = []replyRule{
	{
		id: "server.error", tier: tierVague, category: ServerError,
		any: []string{
			"temporarily unavailable", "service unavailable", "service currently unavailable", "service not available", "server too busy", "server busy", "system busy", "busy", "temporary failure", "temporary error", "temporary problem", "temporary lookup failure", "temporary local problem", "temporary server error", "internal error", "internal server error", "internal resource", "server error", "system error", "system problem", "local error", "local problem", "local configuration", "configuration error", "configuration problem", "server configuration", "misconfigured", "database", "|ldap|", "|lmtp|", "disk full", "no space left", "insufficient system storage", "insufficient system resources", "insufficient disk", "insufficient storage", "out of memory", "out of disk", "system resources", "queue file write error", "mail system full", "try again later", "try later", "please retry later", "retry later", "overload", "high load", "load average", "system load", "unexpected failure", "unable to accept", "cannot accept", "unexpected error", "error in processing", "processing error", "unable to process", "maintenance", "out of service", "shutting down", "service shutting", "closing connection", "closing transmission", "lookup failure", "mail server temporarily rejected", "temporarily rejected", "temporarily deferred", "temporarily rejecting", "milter", "policy service", "resources temporarily", "resource temporarily", "scanner", "unable to scan", "i/o error", "write error", "command failed", "transaction failed…temporar", "backend", "upstream", "exception", "not available at this time", "storage error", "trouble in home directory", "mailbox temporarily", "temporarily locked", "mailbox is locked", "mailbox locked", "mailbox is busy", "verify…temporar", "unable to verify", "address verification in progress", "verification in progress", "unverified address", "delivery temporarily suspended", "delivery system",
			"временно недоступ", "временн…ошибк", "внутренн…ошибк", "попробуйте позже", "повторите попытку", "тимчасов", "спробуйте", "vorubergehend", "interner fehler", "spater erneut", "versuchen sie es spater", "temporairement", "erreur interne", "reessayez", "ressayer", "plus tard", "temporalmente", "error interno", "intente", "mas tarde", "temporariamente", "erro interno", "tente novamente", "temporaneamente", "errore interno", "riprovare", "piu tardi", "一時的", "しばらく", "内部エラー", "混み合", "系统忙", "系统繁忙", "服务器忙", "稍后", "暂时", "内部错误", "稍候",
		},
		not: []string{"blocked using", "spamhaus"},
		why: "the text says that the server has a fault, or tells nothing but to try later",
		texts: []string{
			"451 4.3.0 Error: queue file write error",
			"451 Временная ошибка, попробуйте позже",
			"451 サーバーが一時的に利用できません",
			"451 系统繁忙，请稍后再试",
		},
	},
	{
		id: "server.storage", tier: tierSender, category: ServerError,
		any:   []string{"insufficient system storage", "no space left on device", "system storage", "mail system full", "spool…full", "disk full", "out of disk space", "system is full", "queue is full"},
		not:   []string{"mailbox is full", "user", "over quota"},
		why:   "the text says that the server has no space left, which is no matter of the mailbox",
		texts: []string{"452 4.3.1 Insufficient system storage"},
	},
	{
		id: "net.dns", tier: tierRecipient, category: NetworkError, class: 4,
		any:   []string{"host or domain name not found…try again", "name service error", "host not found, try again", "hostname lookup failure", "host lookup did not complete", "lookup did not complete", "temporary name lookup", "dns temporary", "dns lookup…timed out", "dns failure", "dns timeout", "dns error", "lookup timed out", "name server timeout", "servfail", "cname lookup failed temporarily", "unable to look up", "dns query failed", "queryd"},
		why:   "the recipient's domain could not be looked up",
		texts: []string{"Host or domain name not found. Name service error for name=example.net type=MX: Host not found, try again"},
	},
	{
		id: "net.connect", tier: tierRecipient, category: NetworkError,
		any: []string{
			"connection timed out", "connection refused", "no route to host", "network is unreachable", "network unreachable", "connection reset", "lost connection", "connection dropped", "connection lost", "connection died", "connection closed", "connection failed", "unable to connect", "connect() failed", "could not connect", "cannot connect", "can't connect", "couldn't connect", "failed to connect", "connection to…failed", "conversation with…timed out", "operation timed out", "timed out", "timeout", "no answer from host", "host is down", "host unreachable", "host is unreachable", "bad connection", "broken pipe", "read error", "connect error", "econnrefused", "econnreset", "etimedout", "ehostunreach", "esocket", "connect to ", "all hosts…failing", "i couldn't make a", "establish an smtp connection", "remote host unavailable", "server closed", "socket error", "unexpected eof", "eof", "no reply",
			"соединени…не", "превышено время", "тайм-аут", "таймаут", "nicht erreichbar", "zeituberschreitung", "verbindung…fehlgeschlagen", "delai…depasse", "connexion…echou", "tiempo de espera", "tempo esgotado", "connessione…fallit", "タイムアウト", "接続できません", "连接超时", "超时", "无法连接",
		},
		not: []string{"database", "ldap", "directory", "too many", "greylist", "blocked", "tls", "ssl", "name=", "dns"},
		why: "the text says that there was no connection, or that it broke",
		texts: []string{
			"connect to mx.example.net[198.51.100.25]:25: Connection timed out",
			"lost connection with mx.example.net[198.51.100.25] while receiving the initial server greeting",
		},
	},
	{
		id: "net.loop", tier: tierRecipient, category: RoutingLoop,
		any: []string{
			"message depth exceeded", "mail loop", "loops back to myself", "routing loop", "too many hops", "hop count exceeded", "loop detected", "maximum hop count", "hop limit", "too many received", "mail forwarding loop", "message is looping", "looping message", "excessive hops", "delivered-to", "loop count", "mx…points back", "mail for…loops back", "hopcount", "maximum number of hops", "email loop", "петл", "зациклив", "mailschleife", "schleife", "boucle", "bucle", "ciclo de correo", "loop di", "ループ", "循环", "環路", "环路",
		},
		why: "the text says that the message goes round in circles",
		texts: []string{
			"554 5.4.6 Too many hops",
			"mail for example.net loops back to myself",
			"550 5.4.6 Обнаружена почтовая петля",
		},
	},
	{
		id: "net.expired", tier: tierRecipient, category: Expired,
		any: []string{
			"retry timeout exceeded", "retry time not reached for any host after a long failure period", "message expired", "cannot send message for", "delivery expired", "delivery time expired", "delivery timed out", "i'm not going to try again", "this message has been in the queue too long", "in the queue too long", "queue lifetime", "expired", "could not be delivered within", "unable to deliver…days", "undeliverable for", "retry limit", "giving up after", "could not be delivered for more than", "maximum queue lifetime", "message delivery has been delayed…final", "too old", "exceeded the max number of retries",
			"срок…истек", "истекло время", "zustellversuche", "zustellfrist", "delai d'expiration", "a expire", "caducado", "expirado", "expirou", "scaduto", "有効期限", "过期", "超过期限",
		},
		not: []string{"certificate", "password", "domain has expired", "account", "subscription", "mailbox", "tls", "token", "signature", "greylist", "spf", "dkim", "link"},
		why: "the text says that the time for delivery is up",
		texts: []string{
			"retry timeout exceeded",
			"550 4.4.7 message expired",
		},
	},
	{
		id: "protocol", tier: tierVague, category: ProtocolError,
		any: []string{
			"syntax error", "command not recognized", "unrecognized command", "command unrecognized", "command not implemented", "bad sequence of commands", "bad sequence", "command not allowed", "unknown command", "invalid command", "invalid arguments", "invalid parameter", "improper use of smtp command pipelining", "pipelining", "protocol error", "protocol violation", "expected response code", "unsupported parameter", "unsupported option", "need mail before rcpt", "need mail command", "need rcpt", "send helo first", "send hello first", "polite people say helo", "no valid recipients", "valid rcpt command must precede", "data command", "nested mail", "sender already specified", "bad command", "errors in command", "sequence error", "parameters not allowed", "synchronization error", "early talker", "talk too soon", "greeting", "session error", "premature", "out of sequence",
			"синтаксическ", "неизвестная команда", "syntaxfehler", "erreur de syntaxe", "error de sintaxis", "erro de sintaxe", "errore di sintassi", "構文エラー", "语法错误", "命令",
		},
		not: []string{"helo command rejected", "address syntax", "sender syntax", "bad address", "malformed address", "mailbox"},
		why: "the text says that the hosts do not understand each other",
		texts: []string{
			"503 5.5.1 Error: need MAIL command",
			"503 Bad sequence of commands",
			"554 SMTP synchronization error",
		},
	},
	{
		id: "policy", tier: tierVague, category: Policy,
		any: []string{
			"policy", "not allowed", "not permitted", "prohibited", "administratively", "administrator", "security reasons", "security policy", "local policy", "access denied", "permission denied", "access not permitted", "forbidden", "unauthorized", "not authorized", "restricted", "refused by", "message refused", "message rejected", "mail rejected", "mail refused", "email rejected", "rejected by", "rejected for", "delivery not authorized", "delivery refused", "access control", "geoip", "geo block", "country", "region", "rejected due to", "rule", "banned", "blocked", "service refuse", "we do not accept", "not accepted", "not welcome", "refuses your", "go away", "denied",
			"политик", "запрещен", "отклонен", "отказано", "доступ закрыт", "заблокирован", "заборонен", "відхилен", "richtlinie", "abgelehnt", "verweigert", "nicht erlaubt", "nicht gestattet", "politique", "refuse", "rejete", "interdit", "non autorise", "politica", "rechazado", "rechazada", "denegado", "rejeitad", "recusad", "nao permitid", "negado", "rifiutat", "respint", "non consentit", "non autorizzat", "ポリシー", "拒否", "許可されて", "拒绝", "策略", "禁止", "拒絕",
		},
		why: "the text speaks of a policy, and does not say which",
		texts: []string{
			"554 5.7.1 Message rejected due to local policy",
			"550 5.7.1 Отклонено политикой сервера",
			"550 5.7.1 Refusé par la politique du serveur",
			"550 拒绝",
		},
	},
}
