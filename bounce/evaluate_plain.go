package bounce

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// plainWords are those of replies that say that there is no such mailbox, or that it is
// closed, and nothing else, folded. A recipient is given up for a text in these words
// alone. Whatever other word there is may be the true reason, in whichever language, so
// a word is added only if it can be none: no "your", "from", "sender", "policy",
// "again" or "full".
//
// Names of hosts and mailboxes, and what has digits in it, do not count.
var plainWords = func() map[string]bool {
	words := make(map[string]bool)
	for w := range strings.FieldsSeq(plainText) {
		words[w] = true
	}
	return words
}()

// vagueWords are more of them, which may as well be what does not exist where only a code
// tells that a mailbox does not.
var vagueWords = map[string]bool{
	"we": true, "us": true, "i": true, "message": true, "remote": true, "server": true, "servers": true, "system": true, "site": true, "domain": true,
	"error": true, "failed": true, "serveur": true, "servidor": true, "sistema": true,
}

const plainText = `
a an the this that these it its is isn't are aren't was were be been has hasn't have haven't had do does doesn't don't did didn't can can't cannot could couldn't may
not no none any anymore longer either there here at in on of by for to with within under and or if please sorry unfortunately our one more following all
failure permanent permanently fatal status code smtp esmtp lmtp rcpt nor undeliverable undelivered undeliver
email e mail mails mailbox mailboxes mbox account accounts user users username userid recipient recipients recipient's addressee address addresses addressed destination person customer subscriber
local virtual alias aliases table tables map mapped name names named part entry directory lookup illegal handle
unknown unknow invalid valid incorrect wrong bad nonexistent non existent nonexist exist exists existing existed found find known recognized recognised such reach reached reaching try tried trying
check checked checking double verify spelling typo typos mistyped misspelled unnecessary spaces correct
deliver delivered delivery deliverable unable unroutable unrouteable routable accept accepted rejected reject unavailable available requested action taken
said says got get set see go visit info information learn help details contact postmaster administrator returned mean means
disabled disable inactive inactivity active deactivated suspended closed deleted removed terminated cancelled canceled discontinued expired locked frozen owner receiving forwarding giving up like
chkuser exim postfix qmail gsmtp psmtp resolver adr recipientnotfound recipnotfound exrecipnotfound recipientdisabled domino directory dd

due accepting messages accessed zimbra storedrv exception accountdisabledexception mapiexceptionmailboxdisabled
заблокирован заблокирована отключена приостановлен неактивен заблоковано заблокована заблокований вимкнено відключена
gesperrt deaktiviert geschlossen desactive desactivee suspendu suspendue ferme fermee deshabilitada deshabilitado desactivada suspendida cerrada inactividad por ha sido
desativada desativado suspensa encerrada inativa disabilitata disabilitato disattivata sospesa chiusa 利用 停止 され て い います ます

нет не такого такой неизвестный неизвестен найден найдена найдено существует пользователь пользователя получатель получателя адресат адрес адреса почтовый почтового ящик ящика ящике учетная запись аккаунт
на в с этом сервере этого указан указанный зарегистрирован проверьте правильность ошибка пожалуйста доставить сообщение невозможно отключен удален удалена закрыт домене
немає такого такої не невідомий користувач користувача одержувач одержувача отримувач отримувача адресат адреса поштова поштової скринька скриньки існує знайдено знайдений на сервері цьому
der die das den dem des ein eine kein keine nicht bekannt unbekannt unbekannte unbekannter unbekanntes benutzer empfanger empfangers empfangeradresse adresse mailadresse adressat postfach konto mailbox existiert gefunden vorhanden ist wurde diese dieser dieses auf diesem ungultig ungultige fehler teilnehmer
le la les l un une de du des ce cette cet aucun aucune n'existe n'est pas existe inconnu inconnue inexistant inexistante introuvable invalide invalides valide utilisateur l'utilisateur destinataire adresse d'adresse l'adresse boite lettres aux compte mail courriel messagerie sur serveur est d au moins erreur
el la los las un una de del en no existe existen desconocido desconocida inexistente usuario destinatario cuenta buzon correo electronico direccion esta este invalido invalida valida encontrado encontrada encontro servidor es
o os um uma de do da dos em no na nao existe inexistente desconhecido desconhecida usuario utilizador destinatario conta caixa postal correio eletronico endereco esta este invalido invalida encontrado encontrada servidor
il lo la i gli un una di del della in nel su non esiste inesistente sconosciuto sconosciuta trovato trovata presente utente destinatario casella posta elettronica indirizzo account questo questa valido
konto nie istnieje uzytkownik nieznany skrzynka odbiorca
該当 する の は が を に で も この その ご ません ありません 存在 しません しない 見つかりません 見つかり 不明 です な 無効 宛先 メール アドレス ユーザー ユーザ 受信者 メールボックス アカウント 指定 された エラー
该 此 的 在 和 没有 沒有 这个 不 不存在 存在 找不到 未找到 无此 無此 查無此 查无此 用户 用戶 收件人 收件者 使用者 邮箱 信箱 邮件 地址 帐号 账号 账户 帐户 无效 失败 错误 服务器 系统 该域 输入 检查 已 被 禁用 停用 已停用 注销
`

// What doubt asks of the octets of a word.
const (
	partsWord uint8 = 1 << iota // it is no part of a word
	namesMore                   // it stands in names and numbers alone
	joinsName                   // it stands in names of hosts and in links
)

var doubtBytes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c == '@' || isDigit(byte(c)):
			t[c] = namesMore
		case c == '.' || c == ':':
			t[c] = partsWord | joinsName
		case c < 0x80 && c != '\'' && !wordByte(byte(c)):
			t[c] = partsWord
		}
	}
	return t
}()

// doubt returns the first word of a folded text that tells of something else than that
// there is no such mailbox, or "". The name of the mailbox, local, tells nothing. With
// strict, links and names of hosts do, which may be what does not exist.
func doubt(text []byte, local string, strict bool) string {
	for i := 0; i < len(text); i++ {
		start, kind := i, uint8(0)
		for i < len(text) && text[i] != ' ' {
			kind |= doubtBytes[text[i]]
			i++
		}
		word := text[start:i]
		if kind&joinsName != 0 {
			name := bytes.Trim(word, `<>()[]{}"',;:!?.`)
			if bytes.Contains(name, []byte("://")) || isDomain(string(name)) {
				if strict {
					return string(name)
				}
				continue
			}
		}
		if kind&namesMore != 0 {
			continue
		}
		for at := 0; at < len(word); at++ {
			from := at
			for at < len(word) && doubtBytes[word[at]]&partsWord == 0 {
				at++
			}
			part := word[from:at]
			switch {
			case plainWord(part), !strict && vagueWords[string(part)], strings.EqualFold(string(part), local):
			case string(part) == "you" && startsWith(text[i:], " tried to", " are trying to", " were trying to", " entered", " specified"):
			case string(part) == "relay" && startsWith(text[i:], " recipient"): // a table of Postfix
			default:
				return string(part)
			}
		}
	}
	return ""
}

// unreadable reports whether a text is not all UTF-8, but for a character at its end that
// was cut. What it says in another encoding may be the true reason.
func unreadable(text string) bool {
	if utf8.ValidString(text) {
		return false
	}
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return utf8.FullRuneInString(text[i:])
		}
	}
	return false
}

func startsWith(text []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if bytes.HasPrefix(text, []byte(p)) {
			return true
		}
	}
	return false
}

// longestPlain is how many octets the longest of plainWords has. No longer part of a word
// is looked up, so that the work is linear in its length.
var longestPlain = func() (n int) {
	for w := range plainWords {
		n = max(n, len(w))
	}
	return n
}()

// plainWord reports whether a word is among plainWords, or is made of several as in
// scripts that know no blanks.
func plainWord(word []byte) bool {
	if word = bytes.Trim(word, "'"); len(word) == 0 || plainWords[string(word)] {
		return true
	}
	if word[0] < 0xe0 {
		return false
	}
	for len(word) > 0 {
		n := min(len(word), longestPlain)
		for n > 0 && n < len(word) && !utf8.RuneStart(word[n]) {
			n-- // to the end of a character
		}
		for n > 0 && !plainWords[string(word[:n])] {
			_, size := utf8.DecodeLastRune(word[:n])
			n -= size
		}
		if n == 0 {
			return false
		}
		word = word[n:]
	}
	return true
}
