package objection

// Reply is a letter about a form, made for printing.
type Reply string

// The letters.
const (
	ReplyReceived   Reply = "received"
	ReplyCompetence Reply = "competence"
	ReplyConfirmed  Reply = "confirmed"
	ReplyUpheld     Reply = "upheld"
	ReplyRefused    Reply = "refused"
	ReplyWithdrawn  Reply = "withdrawn"
	ReplyError      Reply = "recorded-in-error"
)

// Replies are all letters.
var Replies = []Reply{ReplyReceived, ReplyCompetence, ReplyConfirmed, ReplyUpheld, ReplyRefused, ReplyWithdrawn, ReplyError}

// Of reports whether the letter can be made of c: whether what it tells has
// happened. Without a form, which says whom to write to, there is only the one
// about an error.
func (l Reply) Of(c Case) bool {
	if c.Form == nil {
		return l == ReplyError && c.Last(RecordError) != nil
	}
	switch l {
	case ReplyReceived:
		return true
	case ReplyCompetence:
		return c.Last(Refer) != nil
	case ReplyConfirmed:
		return c.Wants() == ToObject && c.Last(Confirm) != nil
	case ReplyUpheld:
		return c.Last(Uphold) != nil
	case ReplyRefused:
		return c.Last(Refuse) != nil
	case ReplyWithdrawn:
		return c.Last(Withdraw) != nil
	case ReplyError:
		return c.Last(RecordError) != nil
	}
	return false
}
