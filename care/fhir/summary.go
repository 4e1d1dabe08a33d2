package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Summary is a joined-up record to be handed over.
type Summary struct {
	Person    record.Person // with nothing that may not be told
	Record    record.Record
	Scope     record.Scope
	Practice  string // name of the registered practice, where it may be told
	Unlocated bool   // organisations stand in Record by their kind alone
	By        Author
	Reference string // of the access
	System    string // URI of the system that references belong to
	Programme string
	At        time.Time
}

// Author is who hands a record over.
type Author struct {
	Name, Role, Organisation string
	Code                     nhs.ODSCode // of the organisation
}

// The code systems and codes of an International Patient Summary (HL7 FHIR
// IPS 2.0.1).
const (
	loinc          = "http://loinc.org"
	patientSummary = "60591-5"
	sectionSystem  = "https://example.org/icr/fhir/CodeSystem/section"
	absentReason   = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
)

// Encode is the record as an International Patient Summary: a FHIR R4 document
// of every source's own statements, each section with the words that the
// viewer's page has for it, and a Provenance for every source.
func (s Summary) Encode() ([]byte, error) {
	d := &document{Summary: s, versions: map[version]string{}}
	d.addPatient()
	d.addAuthors()
	d.addSources()
	sections := d.sections()
	d.addProvenance()
	d.entries[0] = d.entry(d.composition, d.compose(sections))
	bundle := object{}.with("resourceType", "Bundle").
		with("language", "en-GB").
		with("identifier", d.identifier()).
		with("type", "document").
		with("timestamp", d.moment()).
		with("entry", d.entries)
	return json.Marshal(bundle, jsontext.AllowInvalidUTF8(false), jsontext.WithIndent(" "))
}

// document is a Summary while it is being made.
type document struct {
	Summary
	entries list
	made    int

	composition, patient, device, author, employer string
	organisations                                  map[nhs.ODSCode]string
	targets                                        []target
	versions                                       map[version]string // of documents
}

// version is a document of one source.
type version struct {
	from nhs.ODSCode
	id   string
}

func versionOf(e *record.Entry, id string) version { return version{e.From, id} }

// target are the resources that one source sent, or passed on for another.
type target struct {
	from   nhs.ODSCode
	origin record.Origin
	refs   list
}

// name makes an address for a resource that no other document has.
func (d *document) name() string {
	d.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", d.System, d.Reference, d.made))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562, version 8
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// add puts a resource into the document and returns its name.
func (d *document) add(make func(o object) object) string {
	name := d.name()
	d.entries = append(d.entries, d.entry(name, make))
	return name
}

func (d *document) entry(name string, make func(o object) object) object {
	resource := make(object{})
	return object{}.with("fullUrl", "urn:uuid:"+name).
		with("resource", append(object{resource[0], {"id", name}}, resource[1:]...))
}

func of(resourceType string) object { return object{{"resourceType", resourceType}} }

func refer(name string) object { return object{}.with("reference", "urn:uuid:"+name) }

func (d *document) identifier() object {
	return object{}.with("system", d.System).with("value", d.Reference)
}

func (d *document) moment() string { return record.DateOf(d.At).ISO() }
