package bounce

// contentRules are about the message.
var contentRules = []replyRule{
	{
		id: "content.spam", tier: tierSender, category: ContentSpam,
		any: []string{
			"backscatter", "|gtube", "considered spam", "considered as spam", "identified as spam", "classified as spam", "detected as spam", "looks like spam", "marked as spam", "likely unsolicited", "likely spam", "spam detected", "spam message", "spam content", "spam filter", "spam score", "message scored", "score…points", "spam email", "suspected spam", "suspect spam", "suspicion of spam", "high probability of spam", "appears to be spam", "appears to be unsolicited", "is spam", "as spam", "|spam|…rejected", "rejected…|spam|", "|spam|…refused", "|spam|…blocked", "blocked…|spam|", "blocked for spam", "|spam|…denied", "|spam|…detected", "probable spam", "|spam|…found", "no spam", "unsolicited", "bulk email", "bulk mail", "junk mail", "|ube|", "|uce|", "spamassassin", "spam assassin", "rspamd", "spam rejected", "spamscore", "dspam", "antispam", "anti-spam", "content filter", "content rejected", "content blocked", "rejected for policy…content", "message rejected due to content", "suspicious content", "contains spam", "high spam", "message blocked", "email blocked", "message is blocked", "your message…blocked", "|spam|", "content…not accepted", "black-listed words", "banned words", "undesirable content", "blocked because of content", "spamming",
			"спам", "подозрен…рассылк", "нежелательн", "массов…рассылк", "небажан", "als spam", "spamverdacht", "spam-verdacht", "unerwunscht", "comme spam", "courrier indesirable", "indesirable", "pourriel", "como spam", "correo no deseado", "no deseado", "nao solicitad", "conteudo…bloquead", "indesiderat", "come spam", "posta indesiderata", "迷惑メール", "スパム", "垃圾邮件", "垃圾信", "垃圾郵件", "反垃圾", "内容…拒",
		},
		not: []string{"user's reject list", "ящик получателя", "so aceita", "not spam control", "recipient has blocked", "user has blocked", "spamhaus…listed", "no-spam relay", "/spam/relay", "spam@example"},
		why: "the text says that the message is taken for spam",
		texts: []string{
			"550 5.7.1 Message rejected as spam",
			"554 5.7.1 Ваше письмо похоже на спам",
			"550 5.7.1 Die Nachricht wurde als Spam eingestuft",
			"550 该邮件被识别为垃圾邮件",
			"550 迷惑メールと判定されました",
		},
	},
	{
		id: "content.virus", tier: tierSender, category: ContentVirus,
		any: []string{
			"|virus|", "|viruses|", "|malware|", "|trojan|", "|worm|", "|phishing|", "|phish|", "clamav", "infected", "|malicious|", "eicar", "|ransomware|", "virus found", "virus detected", "scam",
			"вирус", "зараж", "фишинг", "вредонос", "вірус", "viren", "schadsoftware", "hameconnage", "|infecte|", "malicieux", "infectado", "infetto", "ウイルス", "ウィルス", "病毒", "钓鱼",
		},
		not: []string{"virusfree", "no virus", "antivirus unavailable", "virus scanner unavailable", "virus scanner failed", "virus scan failed", "unable to scan", "scanner temporarily", "virusscan error"},
		why: "the text says that the message is taken for malware or phishing",
		texts: []string{
			"554 5.7.1 Message rejected: virus found: Eicar-Signature",
			"550 5.7.1 В письме обнаружен вирус",
			"554 邮件包含病毒",
		},
	},
	{
		id: "content.policy", tier: tierSender, category: ContentPolicy,
		any: []string{
			"attachment", "file type", "dangerous file", "file quarantined", "file…has been blocked", "dangerous content", "dangerous attachment", "file extension", "filetype", "blocked file", "prohibited content", "banned content", "banned file", "banned filename", "executable", "|.exe|", "|zip file|", "encrypted archive", "encrypted zip", "password protected", "password-protected", "macro", "content not allowed", "forbidden content", "content is not allowed", "prohibited attachment", "dlp", "data loss", "message content rejected", "header content rejected", "body content rejected", "unacceptable content", "illegal attachment", "subject…not allowed", "subject rejected", "blocked subject", "url shortener", "link shortener", "confidential",
			"вложени", "вкладенн", "anhang", "dateianhang", "piece jointe", "archivo adjunto", "adjunto", "anexo", "allegato", "添付ファイル", "附件",
		},
		not: []string{"size", "too large", "too big", "virus", "spam", "exceeds", "размер"},
		why: "the text says that something in the message is not allowed",
		texts: []string{
			"552 5.7.0 Message rejected: attachments of the type .exe are not allowed",
			"550 5.7.1 Запрещённый тип вложения",
		},
	},
	{
		id: "content.malformed", tier: tierSender, category: ContentMalformed,
		any: []string{
			"bare lf", "bare newline", "bare line feed", "bare linefeed", "bare cr", "line too long", "line length", "lines too long", "line exceeds", "non-rfc", "not rfc", "rfc 5322", "rfc5322", "rfc 2822", "rfc2822", "rfc 822", "rfc822", "not compliant", "non-compliant", "missing from header", "from header is missing", "no from header", "missing date", "missing message-id", "missing a valid", "message-id…missing", "missing header", "missing required header", "missing subject", "duplicate header", "multiple from", "multiple headers", "invalid header", "malformed", "bad header", "header syntax", "mime error", "invalid mime", "mime content", "mime…invalid", "nested mime", "too many mime", "8-bit", "eight bit", "eight-bit", "8bitmime", "8bit", "non-ascii", "smtputf8", "utf-8", "utf8", "illegal character", "invalid characters", "nul character", "null character", "conversion", "header too long", "headers too large", "header size", "date header", "from: header", "to: header", "empty message", "no header", "invalid message", "corrupt", "bad message", "badly formatted", "base64", "content-type", "invalid date",
			"некорректн…заголов", "заголовок", "отсутствует заголов", "ungultiger header", "en-tete", "cabecera", "cabecalho", "intestazione", "ヘッダ", "邮件头", "格式错误",
		},
		not: []string{"helo", "ehlo", "mail from", "malformed address", "malformed dns", "recipient…utf", "address…non-ascii", "does not designate", "dmarc", "dkim", "|spf|", "compliant mailer", "address rfc", "malformed sender", "recipient address", "malformed recipient", "content-type…not allowed", "spam", "tls"},
		why: "the text says that the message is not well-formed, or needs what the server does not know",
		texts: []string{
			"550 5.6.11 Message contains bare linefeeds, which are not allowed",
			"550 5.7.1 Messages missing a valid Message-ID header are not accepted",
			"550 5.6.7 SMTPUTF8 is required, but was not offered",
		},
	},
	{
		id: "content.size", tier: tierSender, category: MessageTooLarge,
		any: []string{
			"message too large", "message too big", "message is too large", "message is too big", "message size", "size limit", "exceeds fixed maximum", "exceeds size limit", "exceeds the maximum", "exceeds maximum", "message exceeds", "maximum size", "max message size", "maximum message", "message file too big", "too large", "too big", "exceeds maxsize", "size exceeds", "attachment size", "exceeded storage…message", "larger than", "message length exceeds", "mail size", "size…exceeded", "mb limit", "exceeds administrative limit", "header size exceeds",
			"размер письма", "размер сообщения", "слишком больш", "слишком велик", "превышает…размер", "розмір", "завелик", "zu gross", "nachricht ist zu", "maximale grosse", "trop volumineux", "taille maximale", "trop grand", "taille du message", "demasiado grande", "tamano maximo", "excede el tamano", "muito grande", "tamanho maximo", "tamanho da mensagem", "troppo grande", "dimensione massima", "dimensioni massime", "サイズ", "大きすぎ", "邮件过大", "大小超", "超过…大小", "尺寸", "太大",
		},
		not: []string{"mailbox size", "mailbox is full", "mailbox full", "insufficient system storage", "mailbox storage", "mailbox quota", "quota"},
		why: "the text says that the message is too large",
		texts: []string{
			"552 5.3.4 Message size exceeds fixed limit",
			"552 5.2.3 Message exceeds maximum fixed size",
			"552 Размер письма превышает допустимый",
			"552 邮件过大",
			"552 5.3.4 Le message est trop volumineux",
		},
	},
}
