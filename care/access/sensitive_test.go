package access_test

import (
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/record"
)

func TestShippedLabels(t *testing.T) {
	const sct, dmd = "http://snomed.info/sct", "https://dmd.nhs.uk"
	coded := func(system, code, words string) record.Entry {
		return record.Entry{Section: record.Problems, What: record.Concept{Text: words, Codings: []record.Coding{{System: system, Code: code, Display: words}}}}
	}
	for _, test := range []struct {
		name  string
		entry record.Entry
		want  access.Sensitivity
	}{
		{"a code", coded(sct, "86406008", "Immunodeficiency"), access.Sensitive},
		{"a code of dm+d", coded(dmd, "63487001", "x"), access.Sealed},
		{"the number in another system", coded("http://loinc.org", "86406008", "x"), access.Plain},
		{"words", coded("local", "1", "Seen in HIV clinic"), access.Sensitive},
		{"words in part of a word", coded("local", "1", "Shiver"), access.Plain},
		{"capitals and hyphens", coded("local", "1", "HONOUR-BASED violence"), access.Sensitive},
		{"a phrase broken off", coded("local", "1", "termination of"), access.Plain},
		{"a phrase with one word between", coded("local", "1", "termination of the pregnancy"), access.Plain},
		{"the graver counts", coded(sct, "86406008", "HIV in IVF"), access.Sealed},
		{"an antiretroviral", record.Entry{Section: record.Medications, What: record.Concept{Text: "Dolutegravir 50mg tablets"}}, access.Sensitive},
		{"a display alone", record.Entry{What: record.Concept{Codings: []record.Coding{{System: "read", Code: "x", Display: "Gender dysphoria"}}}}, access.Sealed},
		{"a reason", record.Entry{What: record.Concept{Text: "Blood test"}, Reason: "Known HIV"}, access.Sensitive},
		{"a value", record.Entry{What: record.Concept{Text: "Screening"}, Value: record.Concept{Text: "Syphilis: negative"}}, access.Sensitive},
		{"a document's title", record.Entry{Section: record.Documents, What: record.Concept{Text: "Letter"}, Notes: []string{"IVF clinic letter"}}, access.Sealed},
		{"a service of a visit", record.Entry{Section: record.Visits, What: record.Concept{Text: "Outpatient attendance"}, Notes: []string{"Assisted conception"}}, access.Sealed},
		{"a note beside a procedure", record.Entry{Section: record.Procedures, What: record.Concept{Text: "Ultrasound"}, Notes: []string{"for IVF"}}, access.Sealed},
		{"a care plan's description", record.Entry{Section: record.CarePlans, What: record.Concept{Text: "Plan"}, Notes: []string{"HIV treatment support"}}, access.Sensitive},
		{"a code beside what it is", record.Entry{What: record.Concept{Text: "Attendance"}, Aside: []record.Coding{{System: sct, Code: "86406008"}}}, access.Sensitive},
		{"words beside what it is", record.Entry{What: record.Concept{Text: "Letter"}, Aside: []record.Coding{{Display: "Seen in HIV clinic"}}}, access.Sensitive},
		{"a note beside a problem", record.Entry{Section: record.Problems, What: record.Concept{Text: "Subfertility"}, Notes: []string{"IVF treatment cycle 2"}}, access.Sealed},
		{"a dose", record.Entry{Section: record.Medications, What: record.Concept{Text: "Tablets"}, Dose: "one daily for HIV"}, access.Sensitive},
		{"a place", record.Entry{Section: record.Visits, What: record.Concept{Text: "Appointment"}, At: "IVF clinic"}, access.Sealed},
		{"asthma", coded(sct, "195967001", "Asthma"), access.Plain},
		{"grape", coded(sct, "1", "Grape allergy"), access.Plain},
		{"nothing said", record.Entry{}, access.Plain},
	} {
		if got := access.ShippedLabels().Of(&test.entry); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestLabelsCanBeAddedAndNotTakenAway(t *testing.T) {
	more, err := access.ShippedLabels().With(strings.NewReader("category,system,code,name\nabuse,http://read.info/readv2,14X3.,x\nsti-hiv,words,,Blue clinic\nsti-hiv,http://snomed.info/sct,63487001,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	read := record.Entry{What: record.Concept{Codings: []record.Coding{{System: "http://read.info/readv2", Code: "14X3."}}}}
	blue := record.Entry{What: record.Concept{Text: "seen at the BLUE clinic"}}
	conceived := record.Entry{What: record.Concept{Codings: []record.Coding{{System: "http://snomed.info/sct", Code: "63487001"}}}}
	said := record.Entry{What: record.Concept{Text: "Referred for in vitro fertilisation"}}
	if more.Of(&read) != access.Sensitive || more.Of(&blue) != access.Sensitive || more.Of(&conceived) != access.Sealed || more.Of(&said) != access.Sealed {
		t.Error("what was added is not found, or what was there is weaker")
	}
	if access.ShippedLabels().Of(&read) != access.Plain || access.ShippedLabels().Of(&blue) != access.Plain {
		t.Error("adding changed the list that ships")
	}
	for bad, want := range map[string]string{
		"abuse,words,,a b c\nnonsense,words,,x": `line 2: there is no category "nonsense"`,
		"abuse,http://snomed.info/sct,,x":       "line 1: it needs a system and a code",
		"abuse,words,1,x":                       "line 1: it needs",
		"abuse,words":                           "wrong number of fields",
	} {
		if _, err := access.ShippedLabels().With(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Allergies are never masked, nor are medicines from clinicians; what the law
// seals is told to nobody.
func TestMasks(t *testing.T) {
	for _, s := range record.Sections {
		for _, as := range []access.Sensitivity{access.Plain, access.Sensitive, access.Sealed} {
			for _, opened := range []bool{false, true} {
				for role := range auth.Roles {
					want := access.MaskSilently
					switch clinician := role == auth.Clinician; {
					case as == access.Plain, s == record.Allergies, s == record.Medications && clinician, as == access.Sensitive && clinician && opened:
						want = access.NoMask
					case as == access.Sensitive && clinician:
						want = access.MaskOpenly
					}
					if got := access.Masks(role, s, as, opened); got != want {
						t.Errorf("%s, %s, %d, opened %v: %d, want %d", role, s, as, opened, got, want)
					}
				}
			}
		}
	}
}

func TestBarredAlerts(t *testing.T) {
	alert := func(code, text string) record.Entry {
		return record.Entry{Section: record.Alerts, What: record.Concept{Text: text, Codings: []record.Coding{{Code: code}}}}
	}
	for _, barred := range []record.Entry{alert("MAPPA", ""), alert("x", "Subject to MARAC"), alert("RTC", "Risk to children"), alert("alperp", ""), {Section: record.Alerts, What: record.Concept{Codings: []record.Coding{{System: "https://local", Code: "X1", Display: "MARAC case: address"}}}}, {Section: record.Alerts, Notes: []string{"Perpetrator at the address"}}} {
		if !access.BarredAlert(&barred) {
			t.Errorf("%+v is not barred", barred.What)
		}
	}
	for _, open := range []record.Entry{alert("NVU", "Not to be visited unaccompanied"), alert("DOLS", ""), {Section: record.Problems, What: record.Concept{Text: "MAPPA"}}} {
		if access.BarredAlert(&open) {
			t.Errorf("%+v is barred", open.What)
		}
	}
}
