package bounce

// authRules are about SPF, DKIM, DMARC and ARC, whoever says it.
var authRules = []replyRule{
	{
		id: "auth.dmarc", tier: tierSender, category: AuthFailed, mech: mechDMARC,
		any: []string{
			"dmarc policy", "p=reject", "p=quarantine", "sender's domain policy", "domain owner policy", "domain owner's policy", "dmarc…reject", "dmarc…fail", "fail…dmarc", "dmarc validation", "dmarc check", "dmarc evaluation", "dmarc quarantine", "dmarc…not pass", "not pass…dmarc", "violat…dmarc", "dmarc…violat",
			"политик…dmarc", "dmarc…политик", "dmarc-richtlinie", "dmarc…abgelehnt", "politique dmarc", "dmarc…refus", "politica dmarc", "politica de dmarc", "dmarcポリシー", "dmarc認証", "dmarc検", "dmarc", "блокован…dmarc",
		},
		why: "the text says that DMARC did not pass",
		texts: []string{
			"550 5.7.1 Email rejected per DMARC policy for example.org",
			"554 5.7.1 Die Nachricht wurde wegen der DMARC-Richtlinie von example.org abgelehnt",
			"550 5.7.1 送信元ドメインのDMARC認証に失敗しました",
		},
	},
	{
		id: "auth.dmarc-dns", tier: tierSender, category: AuthFailed, mech: mechDMARC, class: 4,
		any: []string{"dmarc temperror", "dmarc temporary error", "dmarc…dns error", "unable to retrieve dmarc", "dmarc temporary failure", "dmarc lookup failed temporarily"},
		why: "the receiver could not look up DMARC",
		texts: []string{
			"451 4.7.1 DMARC temporary error: unable to retrieve DMARC record of example.org",
		},
	},
	{
		id: "auth.spf", tier: tierSender, category: AuthFailed, mech: mechSPF,
		any: []string{
			"|spf|…fail", "fail…|spf|", "spf check", "spf validation", "spf record", "spf policy", "|spf|…not pass", "not pass…|spf|", "sender policy framework", "openspf.org", "openspf.net", "|spf|…not authorized", "|spf|…not permitted", "|spf|…not allowed", "|spf|…unauthorized", "spf test", "|spf|…reject", "|spf|…denied", "|spf:", "|spf|…hardfail", "does not designate…permitted sender",
			"not allowed to send mail from", "is not allowed to send mail for", "not permitted to send mail from", "not authorized to send mail from…domain", "mail from…not listed as a permitted sender", "domain…does not permit…to send",
			"проверк…spf", "spf…проверк", "spf-проверк", "spf-prufung", "spf-eintrag", "spf-record", "enregistrement spf", "verification spf", "registro spf", "verificacion spf", "validacion spf", "verificacao spf", "record spf", "controllo spf", "verifica spf", "spf認証", "spfレコード", "spf检", "spf验证", "spf校验", "перевірк…spf", "spf…перевірк", //nolint:misspell // Other languages have words like these.
		},
		why: "the text says that SPF did not pass",
		texts: []string{
			"550 5.7.23 The message was rejected because of Sender Policy Framework violation",
			"550 SPF check failed: 192.0.2.1 is not allowed to send mail from example.org",
			"550 5.7.1 Письмо не прошло проверку SPF домена example.org",
			"550 SPF校验失败，请检查域名 example.org 的SPF记录",
		},
	},
	{
		id: "auth.spf-dns", tier: tierSender, category: AuthFailed, mech: mechSPF, class: 4,
		any: []string{"spf temperror", "spf temporary error", "|spf|…temporary failure", "|spf|…dns timeout", "spf lookup…timeout", "|spf|…temporary lookup", "|spf|…temporary dns"},
		why: "the receiver could not look up SPF",
		texts: []string{
			"451 4.7.24 SPF temporary error: DNS timeout for example.org",
		},
	},
	{
		id: "auth.dkim", tier: tierSender, category: AuthFailed, mech: mechDKIM,
		any: []string{
			"|dkim|…fail", "fail…|dkim|", "dkim signature", "body hash", "|dkim:", "dkim validation", "dkim verification", "dkim check", "no dkim", "dkim not", "|dkim|…invalid", "invalid dkim", "|dkim|…missing", "bad dkim", "dkim-signatur", "|dkim|…reject", "not signed…|dkim|",
			"подпис…dkim", "dkim-подпис", "dkim подпис", "signature dkim", "firma dkim", "assinatura dkim", "dkim署名", "dkim签名", "dkim認証", "підпис…dkim", "dkim-підпис",
		},
		why: "the text says that DKIM did not pass",
		texts: []string{
			"550 5.7.20 No passing DKIM signature found",
			"550 5.7.1 Message rejected: bad DKIM signature data",
			"550 5.7.1 DKIM署名の検証に失敗しました",
		},
	},
	{
		id: "auth.spf-dkim", tier: tierSender, first: true, category: AuthFailed, mech: mechSPFDKIM,
		any: []string{"neither spf nor dkim", "|spf|…and…|dkim|…fail", "fail…|spf|…and…|dkim|", "|spf|…or…|dkim|…required", "spf and dkim", "dkim and spf", "spf or dkim", "dkim or spf", "spf and/or dkim", "|spf|…|dkim|…did not pass", "spf et dkim", "spf und dkim", "spf и dkim", "spf y dkim", "spf e dkim", "spf或dkim", "spf和dkim"},
		why: "the text says that neither SPF nor DKIM passed",
		texts: []string{
			"550 5.7.26 This message fails to pass SPF and DKIM checks for example.org",
		},
	},
	{
		id: "auth.arc", tier: tierSender, category: AuthFailed, mech: mechARC,
		any:   []string{"arc validation", "arc chain", "|arc|…fail", "arc-seal"},
		why:   "the text says that ARC did not pass",
		texts: []string{"550 5.7.29 ARC validation failure"},
	},
	{
		id: "auth.alignment", tier: tierSender, category: AuthFailed, mech: mechAlign,
		any: []string{"not aligned", "domain alignment", "alignment fail", "from header…does not match", "from…not align", "header from…mismatch", "header from…does not match", "from header alignment"},
		why: "the text says that the From domain does not match what was authenticated",
		texts: []string{
			"550 5.7.1 From header domain example.org is not aligned with the authenticated domain",
		},
	},
	{
		id: "auth.unauthenticated", tier: tierSender, category: AuthFailed, mech: mechAll,
		any: []string{
			"unauthenticated email", "unauthenticated mail", "message is not authenticated", "email is not authenticated", "sender is unauthenticated", "sender unauthenticated", "not properly authenticated", "does not meet the required authentication level", "email authentication", "domain authentication", "sender authentication", "message failed authentication",
			"spoofed", "spoofing", "anti-spoof", "antispoof", "impersonat", "forged sender", "sender is forged", "sender forged", "forged from", "forged mail from",
			"подмен…отправител", "подделк", "неаутентифицирован", "не прошло аутентификац", "nicht authentifizierte", "absenderfalschung", "non authentifie", "no autenticado", "nao autenticad", "non autenticat", "なりすまし", "伪造", "送信ドメイン認証",
		},
		why: "the text says that the sender's domain was not authenticated",
		texts: []string{
			"550 5.7.1 Unauthenticated email from example.org is not accepted",
			"550 5.7.1 なりすましメールの可能性があるため拒否しました",
		},
	},
}
