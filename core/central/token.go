package central

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"adsync/core/fault"
)

const (
	signInPath = "/api/v2/oauth2/token"
	// renewEarly is how long before its end a token is no longer used.
	renewEarly = 120 * time.Second
	// unknownLife is used where the reply does not say how long a token lives.
	unknownLife = 5 * time.Minute
)

// tokens keeps one token in memory. What the identity service refused is not
// sent again: it is the same credential as long as the client lives.
type tokens struct {
	client  *Client
	turn    chan struct{} // holds one while somebody uses the fields below
	token   string
	until   time.Time
	refused error
}

// SignIn gets a token, where there is none that still holds.
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.tokens.get(ctx)
	return err
}

// get returns a token, fetching one where there is none or it ends soon.
func (t *tokens) get(ctx context.Context) (string, error) {
	const doing = "signing in to Sophos Central"
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", stopped(doing, ctx.Err())
	}
	c := t.client
	if t.refused != nil {
		return "", t.refused
	}
	if t.token != "" && c.o.Now().Before(t.until) {
		return t.token, nil
	}
	secret := c.o.Secret()
	c.redact.add(secret)
	if c.o.ClientID == "" || secret == "" {
		return "", fault.New("central.credential.refused", "there is no client id or no secret for Sophos Central",
			fault.Hint("store them with: adsync credential set central --user CLIENT-ID"))
	}
	token, err := t.fetch(ctx, doing, secret)
	if err != nil {
		return "", err
	}
	life := unknownLife
	if seconds, ok := token.Extra("expires_in").(float64); ok && seconds > 0 {
		life = time.Duration(seconds) * time.Second
	}
	c.redact.add(token.AccessToken, token.RefreshToken)
	t.token = token.AccessToken
	t.until = c.o.Now().Add(life - min(renewEarly, life/2))
	return t.token, nil
}

// drop forgets a token that Central did not take, unless it has been renewed.
func (t *tokens) drop(token string) {
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if t.token == token {
		t.token = ""
	}
}

// fetch asks the identity service, again only where it did not answer at all or
// with a failure of its own.
func (t *tokens) fetch(ctx context.Context, doing, secret string) (*oauth2.Token, error) {
	c := t.client
	config := &clientcredentials.Config{
		ClientID:     c.o.ClientID,
		ClientSecret: secret,
		TokenURL:     c.identity + signInPath,
		Scopes:       []string{"token"},
		AuthStyle:    oauth2.AuthStyleInParams, // the default sends a wrong secret twice
	}
	p := c.patience()
	for {
		if err := c.take(ctx, doing); err != nil {
			return nil, err
		}
		token, err := config.Token(context.WithValue(withRoute(ctx, signInPath), oauth2.HTTPClient, c.http))
		if err == nil {
			return token, t.checked(doing, token)
		}
		var again bool
		var final error
		if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			r := reply{status: e.Response.StatusCode, header: e.Response.Header, body: e.Body}
			switch {
			case r.status == http.StatusTooManyRequests:
				if again, err = p.limited(ctx, r.header); err != nil {
					return nil, stopped(doing, err)
				}
				if !again {
					return nil, c.rateLimited(doing, r)
				}
				continue
			case temporary(r.status):
				again = true
				final = c.refused(request{doing: doing, method: http.MethodGet}, r)
			default:
				t.refused = c.denied(doing, r)
				return nil, t.refused
			}
		} else if _, ok := errors.AsType[*url.Error](err); ok {
			// A sign-in changes nothing in Central: it is a read to lost.
			f := c.lost(ctx, request{doing: doing, method: http.MethodGet}, err)
			again, final = f.again, f.err
		} else {
			// The reply broke off or is no JSON. Its text may hold a token.
			final = fault.New("central.malformed", doing+": the reply of the identity service holds no token",
				fault.Hint("check central.identityUrl and whether something answers in place of Sophos"))
		}
		if !again {
			return nil, final
		}
		if again, err = p.again(ctx, nil); err != nil {
			return nil, stopped(doing, err)
		}
		if !again {
			return nil, final
		}
	}
}

// checked finds the refusal inside a reply with status 200.
func (t *tokens) checked(doing string, token *oauth2.Token) error {
	code, ok := token.Extra("errorCode").(string)
	if !ok || code == "" || code == "success" {
		return nil
	}
	body, _ := json.Marshal(failure{ErrorCode: code}) // texts can always be encoded
	t.refused = t.client.denied(doing, reply{status: http.StatusOK, body: body})
	return t.refused
}

// denied gives a refusal of the identity service its code and advice. Its body
// is never repeated: only the fields that say why.
func (c *Client) denied(doing string, r reply) error {
	e := c.facts(r.status, r.header, r.body)
	text := doing + ": " + e.Error()
	// Of these codes only that of a wrong secret has been seen on a real tenant;
	// the others are recognised by what they would have to say.
	code := strings.ToLower(e.Code)
	switch {
	case r.status == http.StatusUnavailableForLegalReasons, strings.Contains(code, "region"), strings.Contains(code, "country"):
		return fault.New("central.regionBlocked", text, fault.Cause(e),
			fault.Hint("Sophos serves nobody from where this machine, or its proxy, reaches the internet; the credential is not at fault"))
	case strings.Contains(code, "expired"):
		return fault.New("central.credential.expired", text, fault.Cause(e),
			fault.Hint("make a new API credential in Sophos Central and store it with: adsync credential set central --user CLIENT-ID"))
	case strings.Contains(code, "does_not_exist") || strings.Contains(code, "not_found"):
		return fault.New("central.credential.unknown", text, fault.Cause(e),
			fault.Hint("Sophos Central does not know this client id: it may have been mistyped, or the credential deleted"))
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden, r.status == http.StatusOK, strings.Contains(code, "client"):
		return fault.New("central.credential.refused", text, fault.Cause(e),
			fault.Hint("the secret is wrong or the credential has expired; store a new one with: adsync credential set central"))
	case r.status >= 300 && r.status < 400:
		e.Message = "a redirect, which is not followed"
		return fault.New("central.token", doing+": "+e.Error(), fault.Cause(e),
			fault.Hint("something answers in place of Sophos: check central.identityUrl and the proxy"))
	default:
		return fault.New("central.token", text, fault.Cause(e))
	}
}
