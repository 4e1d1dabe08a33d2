package provider

import (
	"slices"
	"strings"
)

// User is an invented member of staff.
type User struct {
	Name   string // to sign in with: "ed.nurse"
	UID    string // subject and national user id
	Title  string
	Given  string
	Family string
	Job    string // in words
	Posts  []Post // none: CIS2 then sends no array at all
}

// Post is one role at one organisation.
type Post struct {
	Role             string // job role code: "R8001"
	RoleID           string // id of this person in this role
	Organisation     string // ODS code
	OrganisationName string
	Workgroups       []string
}

// FullName is the user's name as people write it.
func (u User) FullName() string {
	return strings.TrimSpace(u.Title + " " + u.Given + " " + u.Family)
}

// Organisations are the names of the organisations that the user works for.
func (u User) Organisations() string {
	var names []string
	for _, post := range u.Posts {
		names = append(names, post.OrganisationName)
	}
	return strings.Join(names, " and ")
}

// role is what CIS2 says of a job role: its code and name with the groups they
// belong to, and the activities that come with it. The app role is what a
// council's own provider says instead.
type role struct {
	code, name string
	activities map[string]string
	app        string
}

var (
	clinical   = map[string]string{"B0360": "View Detailed Health Records", "B0401": "View Patient Medication"}
	overseeing = map[string]string{"B0015": "Receive Legal Override and Emergency View Alerts", "B0016": "Receive Self Claimed LR Alerts", "B0018": "Receive Sealing Alerts"}
)

var roles = map[string]role{
	"R8000": {"S8000:G8000:R8000", `"Clinical":"Clinical Provision":"Clinical Practitioner Access Role"`, clinical, ""},
	"R8001": {"S8000:G8000:R8001", `"Clinical":"Clinical Provision":"Nurse Access Role"`, clinical, ""},
	"R8003": {"S8000:G8000:R8003", `"Clinical":"Clinical Provision":"Health Professional Access Role"`, clinical, ""},
	"R8014": {"S8000:G8000:R8014", `"Clinical":"Clinical Provision":"Social Worker Access Role"`, nil, "SocialWorker"},
	"R8010": {"S8000:G8001:R8010", `"Clinical":"Clinical Support":"Clerical Access Role"`, nil, "CareAdministrator"},
	"R8012": {"S8000:G8001:R8012", `"Clinical":"Clinical Support":"Information Officer Access Role"`, nil, ""},
	"R8013": {"S8000:G8001:R8013", `"Clinical":"Clinical Support":"Health Records Manager Access Role"`, nil, ""},
	"R8015": {"S8000:G8001:R8015", `"Clinical":"Clinical Support":"Systems Support Access Role"`, nil, ""},
	"R5105": {"S8002:G8003:R5105", `"Administration":"Information Governance":"Caldicott Guardian"`, overseeing, ""},
	"R0001": {"S8002:G8003:R0001", `"Administration":"Information Governance":"Privacy Officer"`, overseeing, ""},
}

const (
	programme      = "Coventry and Warwickshire Integrated Care Record"
	coventry       = "Coventry City Council"
	uhcw           = "University Hospitals Coventry and Warwickshire"
	southWarwick   = "South Warwickshire"
	partnership    = "Coventry and Warwickshire Partnership"
	birmingham     = "University Hospitals Birmingham"
	georgeEliot    = "George Eliot Hospital"
	ambulance      = "West Midlands Ambulance"
	sponEndSurgery = "Spon End Surgery"
)

// Council are those of Staff who sign in at the council's own provider, and NHS
// all the others.
var (
	Council = staffOf(true)
	NHS     = staffOf(false)
)

func staffOf(council bool) []User {
	return slices.DeleteFunc(slices.Clone(Staff), func(u User) bool {
		return council != slices.ContainsFunc(u.Posts, func(p Post) bool { return p.OrganisationName == coventry })
	})
}

// Staff are the people whom anybody may be in the demonstration.
var Staff = []User{
	{"gp", "999900000101", "Dr", "Amina", "Rashid", "General practitioner", []Post{
		{"R8000", "999900000201", "Y99001", sponEndSurgery, nil},
	}},
	{"ed.nurse", "999900000102", "Mr", "Tom", "Whitlock", "Emergency department nurse", []Post{
		{"R8001", "999900000202", "RKB", uhcw, []string{"Emergency Department"}},
	}},
	{"pharmacist", "999900000103", "Mrs", "Grace", "Adeyemi", "Hospital pharmacist", []Post{
		{"R8003", "999900000203", "RLT", georgeEliot, nil},
	}},
	{"paramedic", "999900000104", "Mr", "Jack", "Mercer", "Paramedic", []Post{
		{"R8003", "999900000204", "RYA", ambulance, nil},
	}},
	{"ed.birmingham", "999900000105", "Dr", "Priya", "Nair", "Emergency doctor in a neighbouring area", []Post{
		{"R8000", "999900000205", "RRK", birmingham, nil},
	}},
	{"social.worker", "999900000106", "Ms", "Helen", "Doyle", "Social worker", []Post{
		{"R8014", "999900000206", "E08000026", coventry, []string{"Adult Social Care North"}},
	}},
	{"care.admin", "999900000107", "Mr", "Sam", "Bartlett", "Care administrator", []Post{
		{"R8010", "999900000207", "E08000026", coventry, nil},
	}},
	{"privacy.officer", "999900000108", "Mrs", "Ruth", "Okonkwo", "Privacy officer of one hospital trust", []Post{
		{"R0001", "999900000208", "RKB", uhcw, nil},
	}},
	{"privacy.lead", "999900000109", "Mr", "David", "Hallam", "Privacy officer of the whole programme", []Post{
		{"R0001", "999900000209", "QWU", programme, nil},
	}},
	{"caldicott.guardian", "999900000116", "Dr", "Nasreen", "Malik", "Caldicott Guardian of the programme", []Post{
		{"R5105", "999900000216", "QWU", programme, nil},
	}},
	{"objections.officer", "999900000110", "Ms", "Mei", "Chua", "Objections officer", []Post{
		{"R8013", "999900000210", "QWU", programme, nil},
	}},
	{"objections.second", "999900000115", "Mr", "Idris", "Vaughan", "Objections officer, the second one for what needs two", []Post{
		{"R8013", "999900000215", "QWU", programme, nil},
	}},
	{"safety.officer", "999900000111", "Dr", "Owen", "Pryce", "Clinical safety officer", []Post{
		{"R8012", "999900000211", "QWU", programme, nil},
	}},
	{"service.admin", "999900000112", "Ms", "Kasia", "Nowak", "Service administrator", []Post{
		{"R8015", "999900000212", "QWU", programme, nil},
	}},
	{"two.jobs", "999900000113", "Mr", "Joe", "Fenwick", "Nurse with two jobs", []Post{
		{"R8001", "999900000213", "RJC", southWarwick, nil}, {"R8001", "999900000214", "RYG", partnership, []string{"Community Mental Health Team"}},
	}},
	{"no.role", "999900000114", "Ms", "Alex", "Stone", "Somebody without any role", nil},
}
