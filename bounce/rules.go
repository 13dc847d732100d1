package bounce

import "slices"

// replyRule is a way to recognise why something was refused. Rules are data: each
// stands in the file of its provider or family, with texts beside it that a test
// evaluates.
//
// A pattern is a text, or several in order with "…" between, which may stand 200
// octets apart. A bar at the beginning or the end of a text means the edge of a word;
// a text of up to five letters begins a word anyway.
// Patterns are folded like the replies: letters, marks, blanks, line ends and dashes
// do not matter.
type replyRule struct {
	id       string
	category Category
	// What else must hold: the first digit of the code, the provider, the whole code,
	// the enhanced code or the stage, each if it is given. A reply without a code
	// passes class and codes.
	class int
	at    Provider
	tier  tier
	// first puts a rule before others of its tier. Otherwise that with the most text
	// decides.
	first  bool
	signal signal
	// is is the provider that such a text reveals, and stage the stage.
	is       Provider
	stage    Stage
	list     *listing
	and      []string
	codes    []int
	enhanced []string
	stages   []Stage
	// One pattern of any must occur, one of and if it is not empty, none of not.
	any, not []string
	// What the rule says further.
	mech   []Mechanism
	scope  Scope
	action Action
	url    string
	actual Permanence
	wait   int // seconds to wait, if the server does not say
	// why is a sentence on how it is known, and texts are examples.
	why   string
	texts []string
}

// tier orders the rules that fire: a lower one decides. It follows what real replies
// teach: tokens before words, words about the sender before words about the
// recipient, words before codes.
type tier uint8

const (
	tierBroken    tier = iota + 1 // the receiver is broken
	tierToken                     // a provider's own token
	tierList                      // a block list by its name
	tierSender                    // words about the sender, the session or the message
	tierRecipient                 // words about the recipient
	tierVague                     // words that servers use for anything
	tierCode                      // codes alone
)

// signal is what a text mentions, whatever it is about.
type signal uint16

const (
	signalListed signal = 1 << iota // that something is on a list, or blocked
	signalDomain                    // that the operand is a domain or an address
	signalLink                      // that it is a link
	signalHost                      // that it is the client or its address
	signalSender                    // the sender's side
	signalBrand                     // a list by its brand alone
	signalRetry                     // that one may try again
	signalElse                      // something else than the recipient
)

// allRules returns the rules of all families.
func allRules() []replyRule {
	return slices.Concat(
		signalRules, listRules(), brokenRules, authRules, hostRules, rateRules, senderRules, contentRules, recipientRules, serverRules,
		gmailRules, microsoftRules, yahooRules, eastRules, franceRules, germanyRules, americaRules, asiaRules, filterRules, southRules,
	)
}
