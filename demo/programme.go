package demo

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"go.yaml.in/yaml/v3"
)

// The programme file as icr reads it; only what the demonstration sets.
type programmeFile struct {
	Programme     programme      `yaml:"programme"`
	Organisations []organisation `yaml:"organisations"`
	Demographics  link           `yaml:"demographics"`
	Issuers       []issuer       `yaml:"issuers"`
	Launches      []launch       `yaml:"launches"`
	Partners      []partner      `yaml:"partners"`
	Residents     *yaml.Node     `yaml:"residents"`
}

// residents is what the public pages tell: a part of the programme file.
//
//go:embed residents.yaml
var residents []byte

type programme struct {
	Code         string        `yaml:"code"`
	Name         string        `yaml:"name"`
	MinimumAge   int           `yaml:"minimum_age"`
	DeceasedDays int           `yaml:"deceased_days"`
	Practices    []nhs.ODSCode `yaml:"practices,flow"`
	Budgets      budgets       `yaml:"budgets"`
	LaunchKey    string        `yaml:"launch_key_file"`
}

// budgets are wide in the demonstration, where one person tries out everybody.
type budgets struct {
	User budget `yaml:"user,flow"`
}

type budget struct {
	Searches int `yaml:"searches"`
	Patients int `yaml:"patients"`
}

type link struct {
	URL string `yaml:"url"`
}

type organisation struct {
	Code  nhs.ODSCode `yaml:"code,omitempty"`
	Name  string      `yaml:"name"`
	Kind  record.Kind `yaml:"kind,omitempty"`
	Phone string      `yaml:"phone,omitempty"`
}

type partner struct {
	organisation `yaml:",inline"`
	URL          string         `yaml:"url"`
	Ask          string         `yaml:"ask"`
	SearchBy     string         `yaml:"search_by,omitempty"`
	Deadline     time.Duration  `yaml:"deadline"`
	Lag          string         `yaml:"lag"`
	LiveQuestion bool           `yaml:"live_question,omitempty"`
	NameTells    bool           `yaml:"name_tells,omitempty"`
	Contact      string         `yaml:"contact"`
	Practices    []organisation `yaml:"practices,omitempty"`
	Directory    string         `yaml:"directory_file,omitempty"`
}

// partners are those of the Coventry and Warwickshire programme, in the order
// of their ports. How each is asked differs as real systems do.
var partners = []partner{
	{organisation: organisation{Name: "GP practices", Kind: record.Practice}, Ask: "search", Lag: "live", Practices: practices},
	{organisation: organisation{"RKB", "University Hospitals Coventry and Warwickshire", record.Acute, "024 7696 0001"}, Ask: "everything", Lag: "live", LiveQuestion: true},
	{organisation: organisation{"RLT", "George Eliot Hospital", record.Acute, "024 7696 0002"}, Ask: "in-one-request", Lag: "live"},
	{organisation: organisation{"RJC", "South Warwickshire", record.Acute, "01926 496001"}, Ask: "everything", Lag: "live"},
	{organisation: organisation{"RYG", "Coventry and Warwickshire Partnership", record.MentalHealth, "024 7696 0003"}, Ask: "search", Lag: "nightly", NameTells: true},
	{organisation: organisation{"RYA", "West Midlands Ambulance", record.Ambulance, "0121 496 0002"}, Ask: "search", SearchBy: "get", Lag: "live"},
	{organisation: organisation{"E08000026", "Coventry City Council", record.Council, "024 7696 0004"}, Ask: "in-one-request", Lag: "live"},
	{organisation: organisation{"E10000031", "Warwickshire County Council", record.Council, "01926 496002"}, Ask: "everything", Lag: "nightly"},
}

var practices = []organisation{
	{Code: "Y99001", Name: "Spon End Surgery", Phone: "024 7696 0101"},
	{Code: "Y99002", Name: "Foleshill Road Practice", Phone: "024 7696 0102"},
	{Code: "Y99003", Name: "Leam Terrace Practice", Phone: "01926 496003"},
}

// inProgramme is how many of the practices stand in the programme file itself.
// The directory file has the others, each with an address of its own.
const inProgramme = 2

// writeDirectory is the directory file of practices.
func writeDirectory(p Ports) []byte {
	var text strings.Builder
	text.WriteString("code,name,url,phone\n")
	for _, o := range practices[inProgramme:] {
		fmt.Fprintf(&text, "%s,%s,%s,%s\n", o.Code, o.Name, address(p.Partners)+partners[0].pathOf(o.Code), o.Phone)
	}
	return []byte(text.String())
}

// redditch is a practice of a neighbouring area whose patients are included,
// and which supplies nothing.
const redditch nhs.ODSCode = "Y99010"

const deadline = 4 * time.Second

// How long after a death records stay viewable, in days. People in other
// people's bundles died long ago; with them the programme keeps all.
const (
	deceasedDays       = 28
	deceasedDaysLoaded = 200 * 365
)

// writeProgramme is the programme file of a demonstration on the given ports.
func writeProgramme(p Ports, s state, deceasedDays int) ([]byte, error) {
	included := []nhs.ODSCode{redditch}
	for _, practice := range practices {
		included = append(included, practice.Code)
	}
	slices.Sort(included)
	file := programmeFile{
		Programme:     programme{"QWU", "Coventry and Warwickshire Integrated Care Record", 18, deceasedDays, included, budgets{budget{Searches: 5000, Patients: 5000}}, s.launchKey()},
		Organisations: []organisation{{"RRK", "University Hospitals Birmingham", record.Acute, "0121 496 0001"}},
		Demographics:  link{address(p.Demographics) + demographicsPath},
		Issuers:       issuers(p, s),
		Launches:      launches(p, s),
	}
	for i, entry := range partners {
		entry.URL, entry.Deadline = address(p.Partners+i)+entry.pathOf("{ods}"), deadline
		entry.Contact = contactOf(entry.organisation)
		if entry.Kind == record.Practice {
			entry.Practices, entry.Directory = entry.Practices[:inProgramme], s.directory()
		}
		file.Partners = append(file.Partners, entry)
	}
	var told yaml.Node
	if err := yaml.Unmarshal(residents, &told); err != nil {
		return nil, fmt.Errorf("residents.yaml: %w", err)
	}
	file.Residents = told.Content[0]
	return yaml.Marshal(file)
}

// contactOf is whom errors in an organisation's entries are reported to.
func contactOf(o organisation) string {
	if o.Kind == record.Practice {
		return "safety@practices.example"
	}
	return "safety@" + strings.ToLower(string(o.Code)) + ".example"
}

const demographicsPath = "/personal-demographics/FHIR/R4"

// pathOf is where a partner serves FHIR about an organisation's patients: the
// practices share one address.
func (p partner) pathOf(code nhs.ODSCode) string {
	if p.Kind == record.Practice {
		return "/" + string(code) + "/fhir"
	}
	return "/fhir"
}
