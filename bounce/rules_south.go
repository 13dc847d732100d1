package bounce

// southRules are those of providers in Italy, Spain and Brazil.
var southRules = []replyRule{
	{id: "libero.is", is: ProviderLibero, any: []string{"libero.it", "italiaonline", "virgilio.it"}},
	{
		id: "libero.blocked", at: ProviderLibero, tier: tierToken, category: IPReputation,
		any: []string{"smtp-…blocked", "|ip|…blocked", "rejected due to reputation", "[smtp-01]", "[smtp-02]", "libp_"}, why: "Libero blocks the address",
		texts: []string{"550 smtp-18.iol.local Your IP 192.0.2.1 is blocked. LIBP_106 https://help.libero.it"},
	},
	{
		id: "aruba.blocked", is: ProviderAruba, tier: tierToken, category: IPReputation,
		any: []string{"aruba.it…block", "spam.aruba.it", "kb.aruba.it"}, why: "Aruba blocks the address",
		texts: []string{"550 5.7.1 192.0.2.1 is on our list. Vedi http://kb.aruba.it"},
	},
	{
		id: "uol.blocked", is: ProviderUOL, tier: tierToken, category: IPReputation, url: "https://postmaster.uol.com.br/",
		any: []string{"antispam.uol", "postmaster.uol.com.br", "denied by uol", "uol.com.br/…block"}, why: "UOL blocks the sender",
		texts: []string{"554 5.7.1 Seu IP 192.0.2.1 foi bloqueado, consulte https://postmaster.uol.com.br"},
	},
	{
		id: "terra.blocked", is: ProviderTerra, tier: tierToken, category: IPReputation,
		any: []string{"terra.com.br/antispam", "postmaster.terra", "antispam.terra"}, why: "Terra blocks the sender",
		texts: []string{"550 5.7.1 Mensagem recusada, veja http://antispam.terra.com.br"},
	},
	{
		id: "locaweb.blocked", is: ProviderLocaweb, tier: tierToken, category: IPReputation,
		any: []string{"locaweb.com.br", "wiki.locaweb"}, and: []string{"bloque", "blocked", "recusad", "rejeitad"}, why: "Locaweb blocks the sender",
		texts: []string{"554 Mensagem bloqueada, consulte https://wiki.locaweb.com.br"},
	},
	{
		id: "telefonica.blocked", is: ProviderTelefonica, tier: tierToken, category: IPReputation,
		any: []string{"telefonica.es", "movistar.es", "telefonica.net"}, and: []string{"bloque", "blocked", "rechazad", "lista"}, why: "Telefónica blocks the sender",
		texts: []string{"554 5.7.1 La IP 192.0.2.1 esta bloqueada, vea http://antispam.telefonica.es"},
	},
	{
		id: "tim.unknown", is: ProviderTIM, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"user hasn't got the service mapped"}, why: "TIM says so when there is no such mailbox",
		texts: []string{"550 5.1.1 User hasn't got the service mapped"},
	},
	{
		id: "tim.blocked", is: ProviderTIM, tier: tierToken, category: IPReputation,
		any: []string{"telecomitalia", "postmaster@tin.it", "tim.it/postmaster"}, and: []string{"blocked", "bloccat", "reject", "rifiutat"}, why: "TIM blocks the sender",
		texts: []string{"550 Messaggio rifiutato: IP 192.0.2.1 bloccato, http://assistenza.telecomitalia.it"},
	},
	{
		id: "bt.blocked", is: ProviderBT, tier: tierToken, category: IPReputation,
		any: []string{"btinternet…blocked", "bt.com/postmaster", "postmaster.bt.com"}, why: "BT blocks the sender",
		texts: []string{"554 5.7.1 Email blocked, see https://postmaster.bt.com"},
	},
}
