package fhir

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"

	"example.org/icr/care/record"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Capability is what a server says that it can do.
type Capability struct {
	Version    string // of FHIR: 4.0.1
	Software   string // its name
	Everything bool   // it offers $everything about one patient
	Batch      bool   // it takes several questions in one request
	types      map[string]ability
}

// ability is what a server can do with one type of resource.
type ability struct {
	searches bool
	params   []string
	modes    []string // of searching, in lower case
}

// largestCapability bounds a CapabilityStatement. Some servers write all they
// know about every search into it.
const largestCapability = 16 << 20

// searchMode is the extension by which a server says how it may be searched.
const searchMode = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode"

type statement struct {
	ResourceType string `json:"resourceType"`
	FHIRVersion  string `json:"fhirVersion"`
	Software     struct {
		Name string `json:"name"`
	} `json:"software"`
	Rest []struct {
		Mode      string              `json:"mode"`
		Operation []operation         `json:"operation"`
		Resource  []statementResource `json:"resource"`

		Interaction []struct {
			Code string `json:"code"`
		} `json:"interaction"`
	} `json:"rest"`
}

type operation struct {
	Name string `json:"name"`
}

type statementResource struct {
	Type        string      `json:"type"`
	Operation   []operation `json:"operation"`
	Interaction []struct {
		Code string `json:"code"`
	} `json:"interaction"`
	SearchParam []struct {
		Name string `json:"name"`
	} `json:"searchParam"`
	Extension []struct {
		URL   string `json:"url"`
		Value string `json:"valueCode"`
	} `json:"extension"`
}

// DecodeCapability reads a CapabilityStatement. What is none, or says nothing
// of a server, is ErrUnreadable.
func DecodeCapability(r io.Reader) (*Capability, error) {
	from := bufio.NewReader(io.LimitReader(r, largestCapability))
	if mark, _ := from.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		from.Discard(3)
	}
	var s statement
	if err := json.UnmarshalRead(from, &s, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, broken("no CapabilityStatement")
	}
	if s.ResourceType != "CapabilityStatement" {
		return nil, broken("no CapabilityStatement")
	}
	c := &Capability{Version: s.FHIRVersion, Software: s.Software.Name, types: map[string]ability{}}
	for _, rest := range s.Rest {
		if rest.Mode != "server" {
			continue
		}
		c.Everything = c.Everything || offersEverything(rest.Operation)
		for _, i := range rest.Interaction {
			c.Batch = c.Batch || i.Code == "batch"
		}
		for _, of := range rest.Resource {
			c.types[of.Type] = of.ability()
			c.Everything = c.Everything || of.Type == "Patient" && offersEverything(of.Operation)
		}
	}
	if _, ok := c.types["Patient"]; !ok {
		return nil, broken("its CapabilityStatement names no Patient")
	}
	return c, nil
}

func offersEverything(all []operation) bool {
	return slices.ContainsFunc(all, func(o operation) bool {
		name := strings.ToLower(strings.TrimPrefix(o.Name, "$"))
		return name == "everything" || name == "patient-everything"
	})
}

func (r statementResource) ability() ability {
	a := ability{searches: len(r.Interaction) == 0}
	for _, i := range r.Interaction {
		a.searches = a.searches || i.Code == "search-type"
	}
	for _, p := range r.SearchParam {
		a.params = append(a.params, p.Name)
	}
	for _, e := range r.Extension {
		if e.URL == searchMode {
			a.modes = append(a.modes, strings.ToLower(e.Value))
		}
	}
	return a
}

// Release is the release that the server speaks, and whether it is one that is
// read here.
func (c *Capability) Release() (Release, bool) {
	switch {
	case strings.HasPrefix(c.Version, "4.0.") || strings.HasPrefix(c.Version, "4.3."):
		return R4, true
	case strings.HasPrefix(c.Version, "3.0."):
		return STU3, true
	}
	return R4, false
}

// Offers reports whether the server has resources of the type at all.
func (c *Capability) Offers(resourceType string) bool {
	_, ok := c.types[resourceType]
	return ok
}

// Searches reports whether the server has a search for the type.
func (c *Capability) Searches(resourceType string) bool { return c.types[resourceType].searches }

// Sorts reports whether the server's search for the type knows when its
// resources were, so that the newest can be asked for.
func (c *Capability) Sorts(resourceType string) bool {
	of := c.types[resourceType]
	return of.searches && slices.Contains(of.params, "date")
}

// ByCode reports whether the server's search for the type knows codes.
func (c *Capability) ByCode(resourceType string) bool {
	of := c.types[resourceType]
	return of.searches && slices.Contains(of.params, "code")
}

// ByGet reports whether patients can only be searched for by GET.
func (c *Capability) ByGet() bool {
	modes := c.types["Patient"].modes
	post := slices.ContainsFunc(modes, func(m string) bool { return strings.Contains(m, "post") || strings.Contains(m, "both") })
	return !post && slices.ContainsFunc(modes, func(m string) bool { return strings.Contains(m, "get") })
}

// ByNumber reports whether items of the type are searched for by the patient's
// number alone: servers without ids of patients have it so.
func (c *Capability) ByNumber(resourceType string) bool {
	params := c.types[resourceType].params
	return slices.Contains(params, "patient.identifier") && !slices.Contains(params, "patient")
}

// Chains reports whether whatever is searched for by the patient's id may be
// searched for by the patient's number too, before the id is known.
func (c *Capability) Chains() bool {
	chains := false
	for kind, of := range c.types {
		if kind == "Patient" || !of.searches || !slices.Contains(of.params, "patient") {
			continue
		}
		if chains = slices.Contains(of.params, "patient.identifier"); !chains {
			return false
		}
	}
	return chains
}

// Lacks are the sections of which the server offers no type of resource, as
// the release calls them.
func (c *Capability) Lacks(v Release, sections []record.Section, from record.Kind) []record.Section {
	var lacking []record.Section
	for _, section := range sections {
		types := v.Types(record.Scope{section: record.Everything}, from)
		if len(types) > 0 && !slices.ContainsFunc(types, c.Offers) {
			lacking = append(lacking, section)
		}
	}
	return lacking
}
