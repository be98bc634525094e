package bench

import (
	"net/url"
	"reflect"

	"weighbridge/scenarios"
	"weighbridge/target/limits"
)

// limitAccounts are the accounts of rate limits of a run.
type limitAccounts []limitAccount

// limitAccount is the account that arms with the same server, credential and model share: providers limit each
// model separately.
type limitAccount struct {
	host string
	arm  scenarios.Arm // the first of them
	*limits.Account
}

// of returns the account of an arm whose server is at a URL; nil if it keeps to no limits.
func (l *limitAccounts) of(arm scenarios.Arm, server string) *limits.Account {
	share := arm.Load.RespectLimits.Share
	if share == 0 {
		return nil
	}
	host := server
	if u, err := url.Parse(server); err == nil {
		host = u.Host
	}
	for _, known := range *l {
		other := known.arm
		if known.host == host && other.Load.RespectLimits.Share == share && other.Target.ModelName() == arm.Target.ModelName() &&
			reflect.DeepEqual(other.Target.Auth, arm.Target.Auth) && reflect.DeepEqual(other.Target.Headers, arm.Target.Headers) {
			return known.Account
		}
	}
	account := limits.NewAccount(share)
	*l = append(*l, limitAccount{host, arm, account})
	return account
}
