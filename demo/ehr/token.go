package ehr

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What systems do that do not speak SMART: a page of theirs posts a token,
// signed by them and encrypted to the viewer, which works once.

const (
	tokenLasts = time.Minute
	keyID      = "1"
)

var posting = template.Must(template.New("posting").Parse(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Name}} – demonstration of a local system</title>
<style>{{.Style}}</style>
</head>
<body>
<header><p>{{.Name}}: patient record</p></header>
<main>
<h1>Open the integrated care record</h1>
<p class="notice">A form holds a token about the patient, for the viewer alone, for a minute. <a href="/">Back to the patients</a></p>
<form method="post" action="{{.Viewer}}/launch"><input type="hidden" name="token" value="{{.Token}}"><button>Open the record</button></form>
</main>
</body>
</html>
`))

// NewKey is a key for the record to sign tokens with.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// KeySet is the public half of key, as a JSON Web Key Set.
func KeySet(key *ecdsa.PrivateKey) ([]byte, error) {
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"}}})
}

// post answers GET /post/{n} with a form that opens the viewer on a patient.
func (r *Record) post(w http.ResponseWriter, req *http.Request) {
	n, ok := r.numbered(req)
	if !ok {
		http.NotFound(w, req)
		return
	}
	token, err := r.token(req.Context(), r.Patients[n])
	if err != nil {
		http.Error(w, "the token could not be made: "+err.Error(), http.StatusBadGateway)
		return
	}
	r.send(w, posting, struct {
		*Record
		Style template.CSS
		Token string
	}{r, template.CSS(style), token})
}

// token is what the record says of a patient to the viewer.
func (r *Record) token(ctx context.Context, p Patient) (string, error) {
	to, err := r.viewerKey(ctx)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: r.Key, KeyID: keyID}}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": r.URL, "aud": r.Viewer + "/launch", "sub": r.Subject, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(tokenLasts).Unix(),
		"nhs_number": p.Number, "birth_date": p.BirthDate, "reason": "direct care",
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		return "", err
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: to}, nil)
	if err != nil {
		return "", err
	}
	sealed, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}

// viewerKey is what the viewer has tokens encrypted to.
func (r *Record) viewerKey(ctx context.Context) (any, error) {
	address, err := url.JoinPath(r.Viewer, "launch/keys")
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil || len(set.Keys) == 0 {
		return nil, fmt.Errorf("the viewer publishes no key: %v", err)
	}
	return set.Keys[0].Key, nil
}

// numbered is the patient that the path names.
func (r *Record) numbered(req *http.Request) (int, bool) {
	n, err := strconv.Atoi(req.PathValue("n"))
	return n, err == nil && n >= 0 && n < len(r.Patients)
}
