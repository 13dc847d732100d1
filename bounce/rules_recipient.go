package bounce

// recipientRules are about the recipient's mailbox and domain. They stand behind
// all words about the sender.
var recipientRules = []replyRule{
	{
		id: "rcpt.unknown", tier: tierRecipient, category: MailboxUnknown, stage: StageRcpt,
		any: []string{
			"user unknown", "unknown user", "unknown recipient", "recipient unknown", "no such user", "no such recipient", "no such mailbox", "no such address", "no such account", "no such person", "no such local user", "no such email", "unknown mailbox", "mailbox unknown", "unknown local part", "unknown address", "unknown account", "unknown local user", "unknown virtual", "unknown or illegal alias", "unknown or illegal user", "not our user", "unknown alias",
			"user not found", "recipient not found", "mailbox not found", "address not found", "account not found", "email not found", "mailbox…not found", "user…not found", "recipient…not found", "account…not found", "address…not found", "email address…not found", "couldn't be found or is invalid", "couldn't be found", "could not be found", "could not find user", "cannot find the user", "not found at", "recipientnotfound", "not found by smtp address lookup",
			"user does not exist", "user doesn't exist", "user…does not exist", "user…doesn't exist", "user…doesn't have", "user does not have", "doesn't have a…account", "does not have an account", "mailbox does not exist", "mailbox doesn't exist", "mailbox…does not exist", "mailbox…doesn't exist", "address does not exist", "address doesn't exist", "address…does not exist", "account does not exist", "account…does not exist", "account…doesn't exist", "recipient does not exist", "recipient…does not exist", "recipient doesn't exist", "that you tried to reach does not exist", "email account…does not exist", "person…does not exist", "does not exist here", "non-existent user", "nonexistent user", "non-existent mailbox", "non existent", "nonexistent",
			"no mailbox here", "no mailbox by that name", "there is no such", "isn't a valid mailbox", "not a valid mailbox", "not a valid user", "not a valid recipient", "not a known user", "not a valid email", "no valid mailbox", "|no valid recipient|", "no account by that name", "no account with that", "no user by that name", "no one by that name", "not our customer", "is not a customer", "not a customer", "is not a known", "not known at this", "not known here", "unroutable address", "unrouteable address", "invalid recipient", "recipient invalid", "recipient…invalid", "invalid mailbox", "invalid user", "invalid local part", "invalid address", "bad recipient", "bad destination mailbox", "bad address", "undeliverable address", "recipient address rejected: undeliverable", "undeliverable recipient", "addressee unknown", "sorry, no mailbox", "this user doesn't", "this account doesn't", "this address no longer", "no longer a valid", "no longer exists", "no longer in use", "address no longer", "mailbox no longer", "user no longer", "unable to deliver to…unknown", "mailbox unavailable…user", "recipient rejected: user", "user unknown in", "rcpt…unknown", "not listed in…address book", "not in our directory", "not in directory", "not present in", "not on this server", "user is unknown", "recipient is unknown", "recipient address…unknown", "delivery to…failed…unknown", "resolver.adr", "recipnotfound", "no local mailbox", "local mailbox…unavailable: user not found", "mailbox name not", "verify the recipient", "who you are trying to reach is not", "not accept mail for…user", "recipient cannot be verified", "recipient verify failed", "rcpt to…no such",
			"пользователь не найден", "пользователь…не найден", "не найден пользователь", "пользователя не существует", "пользователь не существует", "пользователь…не существует", "такого пользователя нет", "нет такого пользователя", "нет такого адреса", "неизвестный пользователь", "неизвестный получатель", "получатель не найден", "получател…не существует", "адрес не существует", "адрес…не существует", "адреса не существует", "адресат не найден", "адресат неизвестен", "ящик не найден", "ящик…не найден", "ящик не существует", "ящик…не существует", "ящика…не существует", "почтовый ящик…не существует", "учетная запись…не существует", "несуществующ",
			"користувача не знайдено", "користувача не існує", "користувач…не існує", "користувач…не знайдений", "такого користувача немає", "адреса не існує", "адреси не існує", "скринька не існує", "скриньки не існує", "скринька…не існує", "отримувач не існує", "отримувача не знайдено", "невідомий користувач", "невідомий отримувач",
			"benutzer unbekannt", "unbekannter benutzer", "empfanger unbekannt", "unbekannter empfanger", "empfanger existiert nicht", "empfanger…existiert nicht", "postfach existiert nicht", "postfach…existiert nicht", "postfach nicht gefunden", "adresse existiert nicht", "adresse…existiert nicht", "adressat unbekannt", "empfangeradresse…ungultig", "mailbox existiert nicht", "konto existiert nicht", "kein postfach", "benutzer…nicht gefunden", "empfanger…nicht gefunden", "nicht vergeben", "unbekannte adresse", "unbekannte mailadresse",
			"utilisateur inconnu", "destinataire inconnu", "adresse inconnue", "adresse inexistante", "boite inexistante", "boite aux lettres inexistante", "utilisateur inexistant", "compte inexistant", "compte inconnu", "n'existe pas", "destinataire introuvable", "utilisateur introuvable", "adresse d au moins un destinataire invalide", "adresse…destinataire invalide", "boite…n'existe", "adresse email inconnue", "adresse non valide",
			"usuario desconocido", "usuario no existe", "usuario inexistente", "el usuario…no existe", "destinatario desconocido", "destinatario no existe", "destinatario…no existe", "buzon no existe", "buzon…no existe", "buzon inexistente", "cuenta no existe", "cuenta…no existe", "direccion…no existe", "direccion no existe", "no existe el usuario", "no existe el buzon", "no existe la cuenta", "direccion desconocida",
			"usuario desconhecido", "usuario nao existe", "usuario…nao existe", "usuario nao encontrado", "destinatario desconhecido", "destinatario inexistente", "destinatario nao existe", "destinatario…nao existe", "destinatario nao encontrado", "caixa postal inexistente", "caixa postal nao existe", "caixa postal…nao existe", "conta nao existe", "conta inexistente", "conta…nao existe", "endereco…nao existe", "endereco nao existe", "endereco inexistente", "utilizador desconhecido", "utilizador nao existe",
			"utente sconosciuto", "utente inesistente", "utente non trovato", "utente non esiste", "destinatario sconosciuto", "destinatario inesistente", "destinatario non trovato", "casella inesistente", "casella non esiste", "casella…non esiste", "la casella…inesistente", "indirizzo inesistente", "indirizzo…inesistente", "indirizzo sconosciuto", "account inesistente", "non esiste alcun", "mailbox inesistente",
			"宛先不明", "宛先が見つかりません", "ユーザーが存在しません", "ユーザが存在しません", "ユーザー不明", "アドレスは存在しません", "アドレスが存在しません", "存在しないアドレス", "宛先メールアドレスが存在", "メールボックスが存在しません", "受信者が見つかりません", "存在しません", "見つかりません", "メールアドレスが見つかりません",
			"用户不存在", "收件人不存在", "邮箱不存在", "该用户不存在", "帐号不存在", "账号不存在", "找不到用户", "没有这个用户", "地址不存在", "收件人地址不存在", "收件人未找到", "无此用户", "無此用戶", "信箱不存在", "收件者不存在", "使用者不存在", "查無此",
		},
		not: []string{"ldap error", "directory server", "lookup error", "user agent", "does not exist…sender", "sender…does not exist", "host does not exist", "domain does not exist", "domain…does not exist", "host…not found", "domain not found", "domain name not found", "domain…not found", "mail from", "route not found", "hostname…not found", "name service", "helo", "not found in dns", "certificate", "account has been disabled", "unknown sender", "url", "dns", "no mx", "mx record", "domain name", "unknown command", "invalid recipient domain", "recipient domain", "bad address syntax", "syntax", "homepage not found", "domaine", "il dominio", "o dominio", "el dominio", "домен", "domain", "ドメイン", "域名"},
		why: "the text says that there is no such mailbox",
		texts: []string{
			"550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
			"550 No such user here",
			"550 5.1.1 Почтовый ящик bob@example.net не существует",
			"550 5.1.1 Користувача не знайдено",
			"550 5.1.1 Empfänger unbekannt",
			"550 5.1.1 Adresse inconnue: bob@example.net",
			"550 5.1.1 El usuario bob no existe",
			"550 5.1.1 Usuário não encontrado",
			"550 5.1.1 Casella inesistente",
			"550 5.1.1 宛先のメールアドレスが見つかりません",
			"550 收件人不存在",
		},
	},
	{
		id: "rcpt.unknown-here", tier: tierRecipient, category: MailboxUnknown, stage: StageRcpt,
		any:   []string{"user unknown…domain", "user unknown in…domain", "no such user in this domain", "no such user…domain", "unknown user…domain", "mailbox…domain…does not exist", "there is no user…domain", "no such mailbox…domain", "user…not found in domain", "user does not exist…domain", "not a valid mailbox…domain", "recipient…not found…domain", "the email account that you tried to reach does not exist", "no such recipient…domain"},
		not:   []string{"sender", "mail from", "domain does not exist", "domain not found", "dns", "mx record"},
		why:   "the text says that there is no such mailbox in the domain",
		texts: []string{"550 5.1.1 User bob not found in domain example.net"},
	},
	{
		id: "rcpt.vague", tier: tierVague, category: MailboxUnknown, enhanced: []string{"5.1.1", "5.1.10", "5.5.0", "5.2.1"}, codes: []int{550}, stages: []Stage{StageRcpt},
		any:   []string{"mailbox unavailable", "recipient rejected", "recipient address rejected", "address rejected", "mailbox not available", "requested action not taken"},
		not:   []string{"sender", "policy", "relay", "blocked", "spam"},
		why:   "the words are those of the standard for a mailbox that is not there, and the code agrees",
		texts: []string{"550 5.1.1 <bob@example.net>: Recipient address rejected"},
	},
	{
		id: "rcpt.syntax", tier: tierRecipient, category: MailboxUnknown, action: ActionCheckAddress, stage: StageRcpt,
		any:   []string{"bad recipient address syntax", "recipient address syntax", "bad destination mailbox address syntax", "malformed address", "malformed recipient", "recipient…syntax", "rcpt…syntax", "address syntax", "illegal address", "invalid address syntax", "local part contains", "mailbox name not allowed", "invalid email address format"},
		not:   []string{"sender", "mail from"},
		why:   "the text says that the recipient's address is malformed",
		texts: []string{"501 5.1.3 Bad recipient address syntax"},
	},
	{
		id: "rcpt.disabled", tier: tierRecipient, category: MailboxDisabled, stage: StageRcpt,
		any: []string{
			"account is disabled", "account disabled", "accountdisabled", "account has been disabled", "account…is disabled", "account that you tried to reach is disabled", "mailbox disabled", "mailbox is disabled", "mailbox has been disabled", "user disabled", "user is disabled", "recipient disabled", "disabled recipient", "account suspended", "account is suspended", "account has been suspended", "mailbox suspended", "user suspended", "account is inactive", "account inactive", "account is not active", "inactive account", "inactive user", "inactive mailbox", "mailbox is inactive", "mailbox inactive", "user is inactive", "user inactive", "not active", "account is locked", "account locked", "account closed", "account is closed", "mailbox closed", "closed mailbox", "deactivated", "terminated", "user account is", "account expired", "account has expired", "account…expired", "mailbox expired", "mailbox has expired", "subscription expired", "not accepting messages", "not accepting mail", "does not accept mail", "mailbox unavailable: disabled", "account disabled", "unavailable: account is disabled", "frozen", "dormant", "abandoned", "blocked mailbox", "mailbox is blocked", "mailbox has been blocked", "due to inactivity", "mailbox blocked", "mailbox for…is not active", "recipient…suspended", "account…not activated", "account cancelled", "discontinued", "user account…disabled", "temporarily disabled", "this account is not allowed", "out of service mailbox",
			"ящик заблокирован", "ящик…заблокирован", "ящик отключен", "ящик…отключен", "учетная запись заблокирован", "учетная запись отключен", "аккаунт заблокирован", "пользователь заблокирован", "неактивен", "ящик неактив", "скринька заблокован", "скриньку заблоковано", "заблоковано…скриньк", "postfach gesperrt", "postfach deaktiviert", "postfach…gesperrt", "konto gesperrt", "konto deaktiviert", "empfanger…gesperrt", "compte desactive", "compte suspendu", "compte bloque", "boite desactivee", "boite…desactive", "boite…suspendue", "compte…ferme", "cuenta desactivada", "cuenta deshabilitada", "cuenta suspendida", "cuenta…deshabilitada", "buzon deshabilitado", "buzon desactivado", "conta desativada", "conta suspensa", "conta bloqueada", "caixa postal desativada", "caixa postal…bloquead", "usuario bloqueado", "casella disabilitata", "casella sospesa", "casella…disabilitata", "account sospeso", "account disabilitato", "無効", "停止されて", "利用停止", "账户被禁用", "帐户已被停用", "已停用", "已禁用", "被锁定", "已冻结", "用户被锁定", "邮箱已停",
		},
		not: []string{"your account", "sender", "domain", "sending", "mail from", "does not accept mail from", "greylist", "your host", "your ip", "authentication"},
		why: "the text says that the mailbox is closed or suspended",
		texts: []string{
			"550 5.2.1 Account disabled",
			"554 5.7.1 Почтовый ящик получателя заблокирован",
			"550 5.2.1 Compte désactivé",
			"550 5.2.1 Das Postfach ist gesperrt",
		},
	},
	{
		id: "rcpt.full", tier: tierRecipient, category: MailboxFull, stage: StageRcpt,
		any: []string{
			"mailbox full", "mailbox is full", "mailbox…is full", "mailbox has exceeded", "mailbox exceeded", "mailbox quota", "mailbox over quota", "mailbox…over quota", "mailbox size limit", "mailbox storage", "mailbox…full", "inbox is full", "inbox full", "inbox…full", "over quota", "overquota", "over-quota", "over its quota", "over the quota", "quota exceeded", "quota exceed", "quota is exceeded", "exceeded quota", "exceeds quota", "exceed quota", "exceeded…quota", "exceeds…quota", "out of storage", "storage quota", "quota full", "quota reached", "quota violation", "quota limit", "insufficient mailbox", "not enough space", "no space…mailbox", "storage limit", "storage…exceeded", "storage allocation", "user is over", "user over", "disk quota", "exceeded…storage", "full mailbox", "account is full", "user has no space", "user has too many messages", "maildir over", "message box is full", "box is full", "too many messages in mailbox", "mailbox has no space", "insufficient user storage",
			"ящик переполнен", "ящик…переполнен", "переполнен", "превышена квота", "квота…превышена", "квота", "нет места", "скринька переповнена", "переповнен", "postfach voll", "postfach ist voll", "postfach…voll", "postfach…überfüllt", "speicherplatz", "speichervolumen", "allowed storage space", "quota uberschritten", "boite pleine", "boite aux lettres pleine", "boite…pleine", "boite…saturee", "quota depasse", "quota…depasse", "espace insuffisant", "buzon lleno", "buzon…lleno", "casilla llena", "cuota excedida", "cuota superada", "excedido la cuota", "sin espacio", "caixa postal cheia", "caixa cheia", "caixa…cheia", "caixa postal lotada", "cota excedida", "quota excedida", "sem espaco", "casella piena", "casella…piena", "casella postale piena", "quota superata", "spazio esaurito", "メールボックスが一杯", "容量を超え", "容量オーバー", "いっぱい", "一杯です", "満杯", "邮箱已满", "邮箱空间", "邮箱已经满", "超出配额", "空间不足", "容量已满", "信箱已满", "信箱已滿", "信箱空間",
		},
		not: []string{"sending quota", "connection quota", "your quota", "sender", "user sending", "system storage", "message size", "your account", "per day", "per hour", "recipients"},
		why: "the text says that the mailbox is full",
		texts: []string{
			"452 4.2.2 The recipient's mailbox is over quota",
			"552 5.2.2 Mailbox full",
			"552 Ящик получателя переполнен",
			"552 5.2.2 Postfach ist voll",
			"552 5.2.2 Boîte aux lettres pleine",
			"552 5.2.2 Buzón lleno",
			"552 5.2.2 Caixa postal cheia",
			"552 5.2.2 Casella piena",
			"552 5.2.2 メールボックスが一杯です",
			"552 邮箱已满",
		},
	},
	{
		id: "rcpt.moved", tier: tierRecipient, category: MailboxMoved, stage: StageRcpt,
		any: []string{
			"has moved", "mailbox has moved", "user has moved", "address has changed", "new address is", "please use the new address", "no longer at this address", "user not local", "has a new email", "changed his email", "changed their email", "address changed", "recipient has moved", "account moved", "no longer works", "no longer employed", "left the company", "has left", "no longer with us",
			"сменил адрес", "новый адрес", "neue adresse", "ist umgezogen", "nouvelle adresse", "a change d'adresse", "nueva direccion", "novo endereco", "nuovo indirizzo", "新しいアドレス", "新地址",
		},
		not: []string{"sender", "relay", "blocked"},
		why: "the text says that the recipient has another address",
		texts: []string{
			"551 5.1.6 User has moved; please try <bob@example.com>",
		},
	},
	{
		id: "rcpt.refused", tier: tierRecipient, category: RecipientRefused, stage: StageRcpt,
		any: []string{
			"not authorized to send to", "not allowed to send to", "not permitted to send to", "does not accept mail from", "does not accept messages from", "not accept messages from", "blocked by the recipient", "blocked by recipient", "recipient has blocked", "user has blocked", "doesn't want your", "does not want your", "blocked you", "user:blocked", "not on the recipient's", "whitelist", "white list", "white-list", "allow list", "allowlist", "approved sender", "closed list", "members only", "only members", "members-only", "moderated", "mailing list…not allowed", "list…post", "only accepts mail from", "only accept mail from", "only accepts messages from", "internal use only", "internal senders", "recipient…access denied", "recipient address rejected: access denied", "recipient…not permitted", "distribution group", "distribution list", "group…permission", "sender not authenticated for group", "notauthorized", "restrictdomain", "not permitted to receive", "recipient refused", "recipient refuses", "recipient…refuses to accept", "rejected by recipient", "rejected by the recipient", "recipient preferences", "recipient policy", "user filter", "personal block", "personal blacklist", "challenge", "confirm…your message", "recipient…does not want", "user refused", "rejected by user",
			"получатель заблокировал", "запретил прием", "нет права писать", "нет прав на отправку", "запретил получ", "пользователь запретил", "получатель…не принимает", "не принимает почту от", "отримувач заблокував", "empfanger…lehnt", "empfanger nimmt keine", "vom empfanger", "destinataire…refuse", "par le destinataire", "destinatario…rechaza", "por el destinatario", "pelo destinatario", "dal destinatario", "受信拒否", "受信者によって拒否", "收件人拒收", "被收件人拒绝", "拒收",
		},
		not: []string{"sender address rejected: access denied", "client host", "your ip", "not in whitelist…|ip|", "helo"},
		why: "the text says that the recipient does not take mail from this sender",
		texts: []string{
			"550 5.7.1 You are not allowed to send to this mailing list; members only",
			"550 5.7.1 Получатель заблокировал приём писем от вас",
			"550 收件人拒收",
		},
	},
	{
		id: "rcpt.domain", tier: tierRecipient, category: DomainUnknown,
		any: []string{
			"host or domain name not found", "domain not found", "domain name not found", "host not found", "host unknown", "unable to find a mx", "unable to lookup dns", "unknown host", "domain does not exist", "domain…does not exist", "no such domain", "no such host", "name or service not known", "unknown domain", "domain unknown", "unrouteable mail domain", "unroutable domain", "unrouteable domain", "no mx", "no mail server", "no mail hosts", "nxdomain", "nullmx", "null mx", "does not accept mail", "domain does not accept mail", "no route to domain", "host does not accept", "domain is not", "all relevant mx records point to non-existent hosts", "an mx or srv record indicated no smtp service", "mail is not accepted", "couldn't find any host", "couldn't find a mail exchanger", "cname…no mx", "enotfound", "bad destination system", "domain…has expired", "domain has expired", "domain expired", "domain…suspended", "domain…disabled", "domain…inactive", "invalid domain", "invalid recipient domain", "recipient domain…not", "bad domain", "domain…no mx", "mx lookup", "does not resolve", "hostname nor servname", "getaddrinfo", "this domain is not", "badrcptdomain", "host or domain", "host…unknown", "can't resolve", "cannot resolve", "could not resolve", "non-existent domain", "nonexistent domain",
			"домен не найден", "домен…не найден", "домен не существует", "домен…не существует", "домена не существует", "домен не існує", "домен…не існує", "domain existiert nicht", "domain…existiert nicht", "domain nicht gefunden", "unbekannte domain", "domaine inconnu", "domaine inexistant", "domaine…n'existe pas", "dominio no existe", "dominio…no existe", "dominio desconocido", "dominio inexistente", "dominio nao existe", "dominio…nao existe", "dominio desconhecido", "dominio…inesistente", "dominio non esiste", "dominio sconosciuto", "ドメインが存在しません", "ドメインが見つかりません", "ドメイン…存在しません", "域名不存在", "找不到域名", "域名…不存在",
		},
		not: []string{"sender", "try again", "mail from", "helo", "user unknown", "temporar", "отправител", "absender", "expediteur", "remitente", "remetente", "mittente", "发件人", "送信元", "bounces", "certificate", "does not accept mail from"},
		why: "the text says that the recipient's domain does not exist, or takes no mail",
		texts: []string{
			"550 5.1.2 Host or domain name not found. Name service error for name=example.invalid type=A: Host not found",
			"550 5.1.2 Домен example.invalid не существует",
			"550 5.1.2 域名不存在",
		},
	},
	{
		id: "rcpt.null-mx", tier: tierRecipient, first: true, category: DomainUnknown, mech: []Mechanism{MechanismNullMX},
		any:   []string{"recipient address has null mx", "domain…null mx", "does not accept mail (nullmx)", "nullmx", "null mx"},
		not:   []string{"sender"},
		why:   "the recipient's domain says that it takes no mail",
		texts: []string{"556 5.1.10 Recipient address has null MX", "Domain example.net does not accept mail (nullMX)"},
	},
}
