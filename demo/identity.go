package demo

import (
	"context"
	"log"
	"strings"

	"example.org/icr/demo/provider"
)

// Two identity providers, as in life: staff of the NHS sign in at one, and the
// council's at their own, where the viewer proves itself with a key in place of
// a secret.

const (
	clientID  = "icr"
	nhsID     = "cis2"
	councilID = "coventry"
)

// issuer is an identity provider in the programme file.
type issuer struct {
	ID               string            `yaml:"id"`
	Name             string            `yaml:"name"`
	For              string            `yaml:"for"`
	Issuer           string            `yaml:"issuer"`
	ClientID         string            `yaml:"client_id"`
	ClientSecretFile string            `yaml:"client_secret_file,omitempty"`
	ClientKeyFile    string            `yaml:"client_key_file,omitempty"`
	Mapping          string            `yaml:"mapping"`
	Scopes           []string          `yaml:"scopes,flow"`
	Organisation     string            `yaml:"organisation,omitempty"`
	TeamsClaim       string            `yaml:"teams_claim,omitempty"`
	ACR              []string          `yaml:"acr,flow,omitempty"`
	AAL              int               `yaml:"aal,omitempty"`
	IAL              int               `yaml:"ial,omitempty"`
	AssuredBy        string            `yaml:"assured_by,omitempty"`
	Roles            map[string]string `yaml:"roles,flow"`
	Hints            []string          `yaml:"hints,flow,omitempty"`
}

// roles maps the job roles of CIS2 to what their holders do here.
var roles = map[string]string{
	"R8000": "clinician", "R8001": "clinician", "R8003": "clinician", "R8014": "social-care", "R8010": "care-admin",
	"R0001": "privacy-officer", "R5105": "caldicott-guardian", "R8013": "objections-officer", "R8012": "safety-officer", "R8015": "service-admin",
}

// councilRoles maps the app roles of the council's own provider.
var councilRoles = map[string]string{"SocialWorker": "social-care", "CareAdministrator": "care-admin"}

func issuers(p Ports, s state) []issuer {
	return []issuer{
		{
			ID: nhsID, Name: "NHS staff (CIS2)", For: "GP practices, hospitals, mental health, community and ambulance services, and the programme’s own officers",
			Issuer: address(p.Provider), ClientID: clientID, ClientSecretFile: s.clientSecret(), Mapping: "cis2",
			Scopes: strings.Fields("openid profile nhsperson nationalrbacaccess associatedorgs"), ACR: []string{"AAL3_ANY"}, AAL: 3, IAL: 3, Roles: roles,
		},
		{
			ID: councilID, Name: "Coventry City Council staff", For: "Adult social care and care administration, with your council account",
			Issuer: address(p.Council), ClientID: clientID, ClientKeyFile: s.clientKey(), Mapping: "entra",
			Scopes: strings.Fields("openid profile"), Organisation: "E08000026", TeamsClaim: "groups",
			AssuredBy: "the council asks for a second factor at every sign-in", Roles: councilRoles, Hints: hints(),
		},
	}
}

// hints are the names of those who sign in at the council.
func hints() (names []string) {
	for _, u := range provider.Council {
		names = append(names, u.Name)
	}
	return names
}

// startProvider starts the NHS's identity provider.
func (d *demonstration) startProvider(context.Context) (string, error) {
	secret := newSecret()
	p, err := provider.New(provider.Config{
		Issuer: address(d.ports.Provider), Name: "NHS staff", Users: provider.NHS, Log: log.New(d.Out, "identity provider: ", 0), Launch: d.launched,
		Clients: []provider.Client{{
			ID: clientID, Secret: secret, RedirectURIs: []string{d.callback(nhsID)}, AfterSignOut: []string{address(d.ports.Viewer) + "/signed-out"},
			BackChannelSignOut: address(d.ports.Viewer) + "/backchannel-logout",
		}},
	})
	if err != nil {
		return "", err
	}
	if err := write(d.state.clientSecret(), []byte(secret)); err != nil {
		return "", err
	}
	d.provider = p
	return "an identity provider at " + address(d.ports.Provider), d.servers.serve(d.ports.Provider, p)
}

// startCouncil starts the council's.
func (d *demonstration) startCouncil(context.Context) (string, error) {
	p, err := provider.New(provider.Config{
		Issuer: address(d.ports.Council), Name: "Coventry City Council", Shape: provider.Entra, Users: provider.Council, Log: log.New(d.Out, "council's identity provider: ", 0),
		Clients: []provider.Client{{
			ID: clientID, KeysURL: address(d.ports.Viewer) + "/signin/jwks", RedirectURIs: []string{d.callback(councilID)}, AfterSignOut: []string{address(d.ports.Viewer) + "/signed-out"},
		}},
	})
	if err != nil {
		return "", err
	}
	key, err := newKey()
	if err != nil {
		return "", err
	}
	if err := write(d.state.clientKey(), key); err != nil {
		return "", err
	}
	return "the council's identity provider at " + address(d.ports.Council), d.servers.serve(d.ports.Council, p)
}

func (d *demonstration) callback(issuer string) string {
	return address(d.ports.Viewer) + "/signin/callback/" + issuer
}
