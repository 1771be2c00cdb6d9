package doctor

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tieout/internal/config"
	"tieout/starter/printer"
)

const (
	// tokenLife is how long a refresh token lives from its issue.
	tokenLife = 182 * 24 * time.Hour
	// tokenOld is the age at which a person should get a new one.
	tokenOld = 150 * 24 * time.Hour
)

// token returns until when the stored access token is good. The time is zero where the next request gets a new one, which
// tries the credentials, and with Options.Refresh token gives up the stored one for that.
func (d *doctor) token(ctx context.Context, name string) (time.Time, error) {
	tokens := d.parts.Tokens[name]
	if tokens == nil {
		return time.Time{}, nil
	}
	until, err := tokens.GoodUntil(ctx)
	if err != nil || until.IsZero() || !d.Refresh {
		return until, err
	}
	header, err := tokens.Authorization(ctx)
	if err != nil {
		return time.Time{}, err
	}
	tokens.Invalidate(header)
	return time.Time{}, nil
}

// tokenAge examines whether the credentials were tried, and how old the refresh token is.
func (d *doctor) tokenAge(ctx context.Context, name string, until time.Time) {
	part := "token " + name
	tokens := d.parts.Tokens[name]
	if tokens == nil {
		d.warn(part, "a legacy access token, whose age cannot be told", "It lives for a year: note when it was issued")
		return
	}
	if until.IsZero() {
		d.ok(part, "the credentials were tried: Concur gave a new access token")
	} else {
		d.ok(part, "the access token that is kept is good until %s, so the credentials themselves were not tried: `%s doctor --only concur --refresh` tries them",
			until.UTC().Format("15:04Z"), d.Program)
	}
	age, known, err := tokens.RefreshTokenAge(ctx)
	switch {
	case err != nil:
		d.failed(part, err)
	case !known:
		d.ok(part, "no refresh token is kept (%s)", d.settings.Connections[name].GrantType())
	case age > tokenOld:
		d.warn(part, fmt.Sprintf("the refresh token is %s old or older; it lives for six months from its issue", printer.Duration(age)),
			fmt.Sprintf("Get a new one from Concur and configure it within %s", printer.Duration(tokenLife-age)))
	default:
		d.ok(part, "the refresh token has been here for %s, kept in %s", printer.Duration(age), storeWord(d.settings, name))
	}
}

func storeWord(settings *config.Config, connection string) string {
	return cmp.Or(settings.Connections[connection].TokenStore.File(), "the bucket")
}
