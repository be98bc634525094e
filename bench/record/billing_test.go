package record

import (
	"pgregory.net/rapid"

	"weighbridge/bench/record/billing"
)

func drawSent(t *rapid.T) *billing.Sent {
	tokens := func() billing.Tokens { return billing.Tokens{Input: count(t), Output: count(t)} }
	return &billing.Sent{
		Billed: count(t), Lost: count(t), LostTokens: tokens(), Delivered: count(t), Duplicated: count(t), DuplicatedTokens: tokens(),
		Undelivered: count(t), UndeliveredTokens: tokens(), Reordered: count(t), Forged: count(t), Replayed: count(t), WronglyTaken: count(t),
	}
}
