package bounce

// senderRules are about the sender's address, its login and its relay. Many of these
// texts look like those about a recipient, and come with the same codes.
var senderRules = []replyRule{
	{
		id: "sender.domain", tier: tierSender, first: true, category: SenderRejected, stage: StageMail,
		any: []string{
			"sending domain…no mx", "sending domain…not exist", "sending domain…not resolve", "requires valid sender domain", "requires a valid sender domain", "sender address rejected…domain not found", "sender address rejected: domain", "sender domain must exist", "sender domain must resolve", "domain of sender address", "domain of sender", "sender domain does not", "sender's domain does not", "sender domain not", "sender domain has no", "unresolvable sender", "sender domain…invalid", "invalid sender domain", "unresolvable rfc.5321", "unresolvable rfc.5322", "mail from domain", "mail from…does not exist", "mail from…no mx", "domain does not resolve…sender", "sender…no mx", "no such domain…sender", "sender…no such domain", "sender…mx record", "unable to verify sender domain", "unrouteable sender", "unrouteable sender address", "cannot resolve sender", "your domain…no mx", "envelope sender domain", "sender's domain…not be resolved", "sender's domain…could not", "sender domain…not be resolved", "from domain…does not exist", "from domain…not exist", "return-path domain", "sender domain is empty", "no mx records for sender", "sender id…not valid domain", "malformed dns server reply",
			"домен отправителя", "домена отправителя", "домен відправника", "absenderdomain", "absender-domain", "domaine de l'expediteur", "domaine expediteur", "dominio del remitente", "dominio do remetente", "dominio del mittente", "送信元ドメイン", "发件人域名", "寄件人網域",
		},
		not: []string{"blocked using", "blacklist", "dmarc", "|spf|", "dkim", "policy of", "nullmx", "null mx"},
		why: "the text says that the domain of the sender's address cannot receive mail",
		texts: []string{
			"450 4.1.8 <news@example.org>: Sender address rejected: Domain not found",
			"553 5.1.8 <news@example.org>... Domain of sender address news@example.org does not exist",
			"550 5.1.8 Домен отправителя не существует",
		},
	},
	{
		id: "sender.verify", tier: tierSender, category: SenderRejected, scope: ScopeAccount, stage: StageMail,
		any: []string{"verification failed for <", "sender verify", "sender verification failed"}, not: []string{"|spf|", "dkim", "dmarc"},
		why: "the receiver asked the sender's server, which does not know the sender's address",
		texts: []string{
			"550 Sender verify failed",
			"550-Verification failed for <news@example.org>\n550-The mail server could not deliver mail to news@example.org. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.\n550 Sender verify failed",
		},
	},
	{
		id: "sender.address", tier: tierSender, category: SenderRejected, scope: ScopeAccount, stage: StageMail,
		any: []string{
			"your return path", "your return-path", "sender not found", "sender user unknown", "sendernotfound", "badmailfrom", "sender address rejected", "sender rejected", "the sender must exist", "sender must exist", "sender denied", "sender refused", "sender not allowed", "sender is not allowed", "sender blocked", "sender…blocked", "blocked sender", "banned sender", "sender address denied", "invalid sender", "bad sender", "sender address is not valid", "sender unknown", "unknown sender", "sender does not exist", "from address…rejected", "from address is not", "envelope sender…rejected", "envelope from…rejected", "mail from…rejected", "mail from…refused", "mail from…denied", "mail from command…rejected", "return path…rejected", "return-path…rejected", "return path…does not exist", "return-path…does not exist", "sender address…not owned", "not owned by user", "sender address not owned", "client does not have permissions to send as this sender", "sendasdenied", "not authorized to send as", "not allowed to send as", "not allowed to use this sender", "from address not verified", "email address is not verified", "verified sender identity", "sender…not verified", "sender is not", "null sender", "empty envelope sender", "empty sender", "bounces not accepted", "does not accept bounce", "bounce messages not", "we do not accept mail from this address", "callback", "callout", "you are not allowed to send mail", "sender…is denied", "sender access denied", "sender address…invalid", "from address you specified", "not accept mail from", "envelope blocked", "rejected sender",
			"адрес отправителя", "отправитель…отклон", "отправитель…заблок", "отправител…не существует", "адреса відправника", "відправник", "absenderadresse", "absender…abgelehnt", "absender…gesperrt", "absender", "emetteur", "adresse de l'expediteur", "adresse expediteur", "expediteur…refus", "expediteur", "direccion del remitente", "remitente…rechaz", "remitente", "endereco do remetente", "remetente…rejeitad", "remetente", "indirizzo del mittente", "mittente…rifiut", "mittente", "送信者のアドレス", "送信元の", "送信者アドレス", "送信元アドレス", "差出人", "发件人", "寄件人", "寄件者",
		},
		not: []string{"so aceita mensagens", "so aceita e-mails", "unknown sender…try again", "dmarc", "|spf|", "dkim", "blocked using", "blacklist", "to this recipient", "greylist", "does not accept mail from", "recipient…does not accept", "has blocked you", "sender has been blocked by the recipient", "recipient has blocked", "no longer accept", "вируc", "authentication failed", "|spam|", "спам", "too many", "лимит", "greylisted"},
		why: "the text says that the sender's address is refused",
		texts: []string{
			"553 5.7.1 <news@example.org>: Sender address rejected: not owned by user bob",
			"550 5.1.0 <news@example.org> sender rejected",
			"553 5.1.7 L'adresse de l'expéditeur n'est pas valide",
			"550 发件人地址不存在",
		},
	},
	{
		id: "sender.null-mx", tier: tierSender, first: true, category: SenderRejected, mech: []Mechanism{MechanismNullMX},
		any:   []string{"sender…null mx", "sender…nullmx", "sender address has null mx", "sender address has a null mx", "mail from…null mx", "sender address has null mx"},
		not:   []string{"|spf|"},
		why:   "the domain of the sender's address says that it takes no mail",
		texts: []string{"550 5.7.27 Sender address has null MX"},
	},
	{
		id: "sender.syntax", tier: tierSender, category: SenderRejected, scope: ScopeAccount,
		any:   []string{"bad sender's mailbox address syntax", "bad sender address syntax", "sender syntax", "mail from…syntax", "mail from…not rfc", "mail from…compliant", "syntax error in mail from", "sender address…syntax", "malformed sender", "sender address must contain a domain", "mail from command…parameters", "mail from…unrecognized"},
		why:   "the text says that the sender's address is malformed",
		texts: []string{"501 5.1.7 Bad sender address syntax"},
	},
	{
		id: "auth.login", tier: tierSender, category: AuthRequired,
		any: []string{
			"could not authenticate", "unable to authenticate", "failed to authenticate", "authentication required", "authentication is required", "smtp auth", "must authenticate", "unauthenticated senders", "please authenticate", "authenticate first", "not authenticated", "client was not authenticated", "anonymous mail", "exchange server authentication", "authentication failed", "authentication failure", "authentication unsuccessful", "authentication credentials invalid", "authentication not enabled", "smtpclientauthentication is disabled", "invalid login", "login failed", "incorrect authentication", "incorrect password", "bad username", "username and password not accepted", "bad credentials", "invalid credentials", "password incorrect", "application-specific password", "app password", "login required", "please log in", "need authentication", "auth required", "auth first", "auth command", "user not authenticated", "basic authentication is disabled", "requires authentication", "you must authenticate", "log in via your web browser", "invalid user name", "account…suspended for sending", "sasl", "wrong password", "unauthorized…login", "sender account", "you must check for new mail before", "pop before smtp", "check your mail first", "authorization failed", "webloginrequired",
			"требуется аутентификац", "требуется авторизац", "ошибка аутентификац", "неверный логин", "неверный пароль", "авторизац", "аутентифікац", "authentifizierung", "anmeldung erforderlich", "benutzername oder passwort", "authentification requise", "authentification", "identification requise", "autenticacion requerida", "autenticacion", "autenticacao", "autenticazione", "認証が必要", "認証に失敗", "認証エラー", "身份验证", "认证失败", "授权码", "需要认证", "登录失败",
		},
		not: []string{"|spf|", "dkim", "dmarc", "message failed authentication", "sender authentication", "email authentication", "domain authentication", "authentication check", "relay access denied", "送信ドメイン", "authentication level", "arc "},
		why: "the text speaks of the login",
		texts: []string{
			"530 5.7.0 Authentication required",
			"535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
			"535 Ошибка аутентификации: неверный логин или пароль",
		},
	},
	{
		id: "sender.account", tier: tierSender, category: AuthRequired, scope: ScopeAccount,
		any:   []string{"you cannot send", "you can not send", "the sending account", "your account has been suspended", "your account…suspended", "your account is disabled", "your account…disabled", "sender's account", "account of the sender", "sending is disabled for this account", "sending for this account is disabled", "sending is not possible", "sending disabled", "sending has been paused", "sending is paused", "sending paused", "outbound spam…restricted", "user is restricted", "restricted from sending", "account blocked for sending", "your account…blocked", "your account…locked", "compromised", "ваша учетная запись", "ваш аккаунт", "votre compte", "ihr konto", "su cuenta", "sua conta", "il tuo account", "您的账户", "您的帐号"},
		why:   "the text says that the account that sends is closed or restricted",
		texts: []string{"554 5.7.1 Your account has been suspended. Contact support"},
	},
	{
		id: "relay.denied", tier: tierSender, category: RelayDenied,
		any: []string{
			"i cannot deliver mail for", "relay access denied", "relaying denied", "relay denied", "relaying not", "relay not permitted", "relay not allowed", "unable to relay", "relaying prohibited", "relay prohibited", "not permitted to relay", "not allowed to relay", "we do not relay", "we don't relay", "no relaying", "relaying is not", "relaying…denied", "relay…denied", "relaying to", "not relay", "relay not", "relayed", "unauthorized relay", "this is not an open relay", "mail relay", "not a gateway", "sorry, that domain isn't in my list of allowed rcpthosts", "rcpthosts", "not in my list of allowed", "domain isn't in my list", "non-local recipient", "recipient domain not", "not a local domain", "we are not responsible for", "administrative prohibition", "does not host", "domain is not hosted", "not hosted here", "relais", "unrouteable domain…relay", "open relay", "tenantattribution",
			"пересылка запрещена", "релей", "ретрансляц", "relaying verboten", "weiterleitung verweigert", "weiterleitung nicht", "relais interdit", "relais refuse", "retransmision", "reenvio no permitido", "relay negado", "relay nao permitido", "relay non consentito", "inoltro non", "中継", "リレー", "不允许转发", "中继",
		},
		not: []string{"message relayed to non-compliant", "virus"},
		why: "the text says that the server does not take mail for the recipient's domain",
		texts: []string{
			"554 5.7.1 <bob@example.net>: Relay access denied",
			"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
			"550 5.7.1 Пересылка запрещена",
		},
	},
}
