package record_test

import (
	"slices"
	"testing"

	"example.org/icr/care/record"
)

// The verdicts on two statements of two organisations.
const (
	same      = "same"
	possibly  = "possibly the same"
	different = "different"
	conflict  = "conflict"
)

func verdict(a, b record.Entry) string {
	r := record.Merge([]record.Contribution{contribution("A01", a), contribution("B01", b)})
	lines := r.Lines[a.Section]
	switch {
	case len(r.Conflicts) > 0:
		return conflict
	case len(lines) == 1:
		return same
	case lines[0].Group != 0 && lines[0].Group == lines[1].Group:
		return possibly
	}
	return different
}

type change = func(*record.Entry)

func made(section record.Section, words, when string, changes ...change) record.Entry {
	e := record.Entry{
		Section: section, What: record.Concept{Text: words}, When: record.ParseDate(when), Standing: record.Current, Status: "active",
		Item: record.Item{Type: "X"},
	}
	for _, c := range changes {
		c(&e)
	}
	return e
}

func allergic(words, when string, changes ...change) record.Entry {
	return made(record.Allergies, words, when, changes...)
}

func takes(words, dose string, changes ...change) record.Entry {
	e := made(record.Medications, words, "2026-03-01", changes...)
	e.Dose = dose
	return e
}

func has(words, when string, changes ...change) record.Entry {
	return made(record.Problems, words, when, append([]change{func(e *record.Entry) { e.WhenMeans = "onset" }}, changes...)...)
}

func measuredAt(words, when, number, unit string, changes ...change) record.Entry {
	e := made(record.Results, words, when, changes...)
	e.Quantity.Number, e.Quantity.Unit = number, unit
	e.Status = "final"
	return e
}

func procedure(words, when string, changes ...change) record.Entry {
	return made(record.Procedures, words, when, changes...)
}

const (
	sct = "http://snomed.info/sct"
	dmd = "https://dmd.nhs.uk"
)

func reacting(reactions ...string) change {
	return func(e *record.Entry) { e.Reactions = reactions }
}

func noting(notes ...string) change {
	return func(e *record.Entry) { e.Notes = notes }
}
func verified(as string) change { return func(e *record.Entry) { e.Verification = as } }
func on(site string) change     { return func(e *record.Entry) { e.Site = site } }
func dated(when string) change  { return func(e *record.Entry) { e.When = record.ParseDate(when) } }
func until(when string) change  { return func(e *record.Entry) { e.Until = record.ParseDate(when) } }

func standing(s record.Standing, status string) change {
	return func(e *record.Entry) { e.Standing, e.Status = s, status }
}
func asserting(a record.Assertion) change { return func(e *record.Entry) { e.Assertion = a } }
func meaning(what string) change          { return func(e *record.Entry) { e.WhenMeans = what } }
func typed(resource string) change {
	return func(e *record.Entry) { e.Item = record.Item{Type: resource, ID: "1"} }
}
func ofKind(kind string) change { return func(e *record.Entry) { e.Kind = kind } }

var (
	resolved  = standing(record.Past, "resolved")
	stopped   = standing(record.Past, "stopped")
	refuted   = asserting(record.Refuted)
	noneKnown = asserting(record.NoneKnown)
	food      = change(func(e *record.Entry) { e.NoMedicine = true })
)

// Pairs of statements from two organisations, written by hand, each with what
// a careful clinician says of it.
func TestHardPairs(t *testing.T) {
	for _, p := range []struct {
		name string
		a, b record.Entry
		want string
	}{
		// Allergies.
		{"the same allergy", allergic("Penicillin", "2019-03-01"), allergic("Penicillin", "2019-03-01"), same},
		{"of another day", allergic("Penicillin", "2019-03-01"), allergic("Penicillin", "2021-07-09"), possibly},
		{"undated", allergic("Penicillin", ""), allergic("Penicillin", ""), possibly},
		{"in other words", allergic("Penicillin", "2019-03-01"), allergic("Allergy to penicillin (finding)", "2020-01-01"), possibly},
		{"the finding and the substance", allergic("Allergy to penicillin", "2019", coded(sct, "91936005")), allergic("Penicillin", "2019", coded(sct, "764146007")), possibly},
		{"history of it, ruled out there", allergic("H/O: penicillin allergy", "2019"), allergic("Penicillin", "2021", refuted), conflict},
		{"by the name of the older terminology", allergic("Penicillin -class of antibiotic-", "2019"), allergic("Penicillin", "2021", refuted), conflict},
		{"to a drug", allergic("Allergy to drug: penicillin", "2019"), allergic("Penicillin", "2021", refuted), conflict},
		{"with another note", allergic("Penicillin", "2019-03-01", noting("Mild rash as a child")), allergic("Penicillin", "2019-03-01", noting("Cardiac arrest in theatre")), possibly},
		{"with the same note", allergic("Penicillin", "2019-03-01", noting("Rash")), allergic("Penicillin", "2019-03-01", noting("Rash")), same},
		{"class and member", allergic("Penicillin", "2019"), allergic("Amoxicillin", "2019"), different},
		{"one letter apart", allergic("Cefalexin", "2019"), allergic("Cefaclor", "2019"), different},
		{"former name", allergic("Amoxycillin", "2019"), allergic("Amoxicillin", "2020"), possibly},
		{"substance and product", allergic("Aspirin", "2015"), allergic("Aspirin 75mg dispersible tablet", "2011"), possibly},
		{"combination and one of its parts", allergic("Trimethoprim", "2015"), allergic("Trimethoprim 80mg / Sulfamethoxazole 400mg tablets", "2015"), different},
		{"co-amoxiclav and amoxicillin", allergic("Co-amoxiclav", "2015"), allergic("Amoxicillin", "2015"), different},
		{"rash against anaphylaxis", allergic("Penicillin", "2019", reacting("Rash")), allergic("Penicillin", "2019", reacting("Anaphylaxis")), possibly},
		{"unconfirmed there", allergic("Latex", "2019", verified("confirmed")), allergic("Latex", "2019", verified("unconfirmed")), possibly},
		{"refuted there", allergic("Latex", "2019"), allergic("Latex", "2021", refuted, verified("refuted")), conflict},
		{"resolved there", allergic("Egg protein", "2001"), allergic("Egg", "2010", resolved), different},
		{"resolved there, same words", allergic("Egg", "2001"), allergic("Eggs", "2010", resolved), conflict},
		{"none known there", allergic("Penicillin", "2019"), allergic("No known allergies", "2020", noneKnown, coded(sct, "716186003")), conflict},
		{"no medicine allergy there, a food here", allergic("Peanut", "2019", food), allergic("No known drug allergy", "2020", noneKnown, coded(sct, "409137002")), different},
		{"no medicine allergy there, of no stated category here", allergic("Bee venom", "2019"), allergic("No known drug allergy", "2020", noneKnown), conflict},
		{"none known at both", allergic("No known allergies", "2020", noneKnown), allergic("Nil known allergies", "2021", noneKnown), possibly},
		{"no food allergy there, a medicine here", allergic("Penicillin", "2019"), allergic("No known food allergy", "2020", noneKnown, coded(sct, "429625007")), different},
		{"none known, and no medicine allergy", allergic("No known allergies", "2020", noneKnown), allergic("No known drug allergy", "2020", noneKnown), different},
		{"allergy and intolerance", allergic("Codeine", "2019", ofKind("Allergy")), allergic("Codeine", "2019", ofKind("Intolerance")), possibly},
		{"penicillin V", allergic("Penicillin", "2019"), allergic("Penicillin V", "2019"), different},
		{"iodine and iodinated contrast", allergic("Iodine", "2019"), allergic("Iodinated contrast media", "2019"), different},

		// Medicines.
		{"a formulation in brackets", takes("Amphotericin B (liposomal) 50mg infusion", "daily"), takes("Amphotericin B 50mg infusion", "daily"), different},
		{"a release in brackets", takes("Morphine 30mg tablets (modified release)", "one twice daily"), takes("Morphine 30mg tablets", "one twice daily"), different},
		{"two insulins by their brands", takes("Insulin glargine (Toujeo)", "10 units at night"), takes("Insulin glargine (Lantus)", "10 units at night"), different},
		{"a maker in brackets", takes("Amoxicillin 500mg capsules (Teva)", "one three times a day"), takes("Amoxicillin 500mg capsules", "one three times a day"), possibly},
		{"a tenth of the strength, without a nought", takes("Warfarin .5mg tablets", "one daily"), takes("Warfarin 5mg tablets", "one daily"), conflict},
		{"a strength with and without a nought", takes("Warfarin .5mg tablets", "one daily"), takes("Warfarin 0.5mg tablets", "one daily"), possibly},
		{"a tenth of the dose, without a nought", takes("Warfarin", "take .5mg twice daily"), takes("Warfarin", "take 5mg twice daily"), conflict},
		{"the same prescription", takes("Ramipril 5mg capsules", "One daily"), takes("Ramipril 5mg capsules", "One daily"), same},
		{"dose in other words", takes("Ramipril 5mg capsules", "One daily"), takes("Ramipril 5mg capsules", "TAKE ONE ONCE A DAY"), possibly},
		{"structured dose", takes("Ramipril 5mg capsules", "1, 1 time every 1 day"), takes("Ramipril 5mg capsules", "one daily"), possibly},
		{"dose in milligrams", takes("Ramipril 5mg capsules", "5 mg daily"), takes("Ramipril 5mg capsules", "one daily"), possibly},
		{"twice the dose", takes("Ramipril 5mg capsules", "10 mg daily"), takes("Ramipril 5mg capsules", "one daily"), conflict},
		{"twice as often", takes("Metformin 500mg tablets", "One daily"), takes("Metformin 500mg tablets", "One twice daily"), conflict},
		{"another time of day", takes("Amitriptyline 10mg tablets", "One at night"), takes("Amitriptyline 10mg tablets", "One in the morning"), conflict},
		{"morning is daily", takes("Furosemide 40mg tablets", "One in the morning"), takes("Furosemide 40mg tablets", "One daily"), possibly},
		{"as directed", takes("Warfarin 1mg tablets", "As directed"), takes("Warfarin 1mg tablets", "Three daily"), possibly},
		{"words that are not understood", takes("Prednisolone 5mg tablets", "Six daily for 5 days, then reduce"), takes("Prednisolone 5mg tablets", "Six daily"), conflict},
		{"virtual and actual product", takes("Atorvastatin 20mg tablets", "One at night", coded(sct, "320030001")), takes("Atorvastatin 20mg tablets (Teva UK Ltd)", "One at night", coded(dmd, "1000001")), possibly},
		{"brand with the generic's code too", takes("Lipitor 20mg tablets", "One at night", coded(sct, "320030001")), takes("Atorvastatin 20mg tablets", "One at night", coded(sct, "320030001")), possibly},
		{"brand of no common code", takes("Lipitor 20mg tablets", "One at night"), takes("Atorvastatin 20mg tablets", "One at night"), different},
		{"another strength", takes("Bisoprolol 2.5mg tablets", "One daily"), takes("Bisoprolol 5mg tablets", "One daily"), conflict},
		{"strength in other units", takes("Levothyroxine 100microgram tablets", "One daily"), takes("Levothyroxine 0.1 mg tablets", "One daily"), possibly},
		{"a thousand times as strong", takes("Levothyroxine 100microgram tablets", "One daily"), takes("Levothyroxine 100mg tablets", "One daily"), conflict},
		{"American words", takes("Lisinopril 10mg tablets", "One daily"), takes("lisinopril 10 MG Oral Tablet", "One daily"), possibly},
		{"morphine modified-release and as required", takes("Morphine 10mg modified-release tablets", "One twice daily"), takes("Morphine 10mg tablets", "One when required"), different},
		{"morphine tablets and solution", takes("Morphine sulfate 10mg tablets", "One when required"), takes("Morphine sulfate 10mg/5ml oral solution", "5ml when required"), different},
		{"the same tablets, regular and as required", takes("Morphine sulfate 10mg tablets", "One twice daily"), takes("Morphine sulfate 10mg tablets", "One when required"), conflict},
		{"salt named by one", takes("Amlodipine 5mg tablets", "One daily"), takes("Amlodipine besilate 5mg tablets", "One daily"), possibly},
		{"two salts", takes("Perindopril erbumine 4mg tablets", "One daily"), takes("Perindopril arginine 5mg tablets", "One daily"), different},
		{"told more here", takes("Ramipril 5mg capsules", "One daily – also: with food"), takes("Ramipril 5mg capsules", "One daily"), possibly},
		{"told more, of another dose", takes("Ramipril 5mg capsules", "Two daily – also: with food"), takes("Ramipril 5mg capsules", "One daily"), conflict},
		{"milligrams against millilitres", takes("Morphine sulfate 10mg/5ml oral solution", "5 mg four times a day"), takes("Morphine sulfate 10mg/5ml oral solution", "5 ml four times a day"), conflict},
		{"as many milligrams in millilitres", takes("Morphine sulfate 10mg/5ml oral solution", "10 mg four times a day"), takes("Morphine sulfate 10mg/5ml oral solution", "5 ml four times a day"), possibly},
		{"milligrams in one millilitre", takes("Furosemide 4mg/ml oral solution", "20 mg daily"), takes("Furosemide 4mg/ml oral solution", "5 ml daily"), possibly},
		{"millilitres of who knows what", takes("Oramorph", "5 mg four times a day"), takes("Oramorph", "5 ml four times a day"), conflict},
		{"an ester is another medicine", takes("Haloperidol 5mg tablets", "One daily"), takes("Haloperidol decanoate 50mg/1ml solution for injection", "50 mg monthly"), different},
		{"combination and single", takes("Losartan 50mg tablets", "One daily"), takes("Losartan potassium 50mg / Hydrochlorothiazide 12.5mg tablets", "One daily"), different},
		{"two strengths of a combination", takes("Co-codamol 8mg/500mg tablets", "Two four times a day"), takes("Co-codamol 30mg/500mg tablets", "Two four times a day"), conflict},
		{"one word apart", takes("Hydroxyzine 25mg tablets", "One at night"), takes("Hydralazine 25mg tablets", "One at night"), different},
		{"tablets and capsules", takes("Fluoxetine 20mg capsules", "One daily"), takes("Fluoxetine 20mg dispersible tablets", "One daily"), different},
		{"eye drops and tablets", takes("Dexamethasone 0.1% eye drops", "One drop daily"), takes("Dexamethasone 2mg tablets", "One daily"), different},
		{"two insulins", takes("Insulin aspart 100units/ml", "As directed"), takes("Insulin glargine 100units/ml", "As directed"), different},
		{"strength not stated by one", takes("Furosemide", "One in the morning"), takes("Furosemide 20mg tablets", "One in the morning"), possibly},
		{"stopped there", takes("Ramipril 5mg capsules", "One daily"), takes("Ramipril 5mg capsules", "One daily", stopped, until("2026-05-01")), conflict},
		{"stopped there before it began here", takes("Ramipril 5mg capsules", "One daily"), takes("Ramipril 5mg capsules", "One daily", stopped, dated("2020-01-01"), until("2021-05-01")), different},
		{"supplied in full there", takes("Ramipril 5mg capsules", "One daily"), takes("Ramipril 5mg capsules", "One daily", typed("MedicationRequest"), standing(record.Past, "completed"), dated("2026-04-01")), different},
		{"on hold there", takes("Methotrexate 2.5mg tablets", "Four weekly"), takes("Methotrexate 2.5mg tablets", "Four weekly", standing(record.Current, "on hold")), conflict},
		{"weekly and daily", takes("Methotrexate 2.5mg tablets", "Four once a week"), takes("Methotrexate 2.5mg tablets", "Four daily"), conflict},
		{"a range", takes("Paracetamol 500mg tablets", "One or two four times a day"), takes("Paracetamol 500mg tablets", "1-2 QDS"), possibly},
		{"not to be given there", takes("Ibuprofen 400mg tablets", "One three times a day"), takes("Ibuprofen 400mg tablets", "", asserting(record.Forbidden)), conflict},
		{"was not to be given there", takes("Ibuprofen 400mg tablets", "One three times a day"), takes("Ibuprofen 400mg tablets", "", asserting(record.Refuted), stopped, dated("2010"), until("2011")), different},
		{"two past courses", takes("Amoxicillin 500mg capsules", "One three times a day", stopped, dated("2024-01-05")), takes("Amoxicillin 500mg capsules", "One three times a day", stopped, dated("2025-02-09")), different},

		// Problems.
		{"the same problem", has("Asthma", "2001"), has("Asthma", "2001"), same},
		{"with its semantic tag", has("Asthma", "2001", coded(sct, "195967001")), has("Asthma (disorder)", "2001", coded(sct, "195967001")), possibly},
		{"2019 against March 2019", has("Pneumonia", "2019"), has("Pneumonia", "2019-03"), possibly},
		{"2019 against July 2019", has("Pneumonia", "2019"), has("Pneumonia", "2019-07"), possibly},
		{"March against July 2019", has("Pneumonia", "2019-03"), has("Pneumonia", "2019-07"), different},
		{"a second episode", has("Pneumonia", "2015", resolved, until("2015-04")), has("Pneumonia", "2019"), different},
		{"resolved there", has("Asthma", "2001"), has("Asthma", "2001", resolved), conflict},
		{"resolved after it was taken down here", has("Depression", "2018"), has("Depression", "2016", resolved, until("2020-01")), conflict},
		{"refuted there", has("Epilepsy", "2018"), has("Epilepsy", "2019", refuted), conflict},
		{"onset here, recorded there", has("Hypertension", "2012-05"), has("Hypertension", "2014-02-01", meaning("recorded")), possibly},
		{"recorded before it began", has("Fracture of wrist", "2014-05"), has("Fracture of wrist", "2012-02-01", meaning("recorded")), different},
		{"left and right", has("Fracture of wrist", "2019-03-01", on("Left wrist")), has("Fracture of wrist", "2019-03-01", on("Right wrist")), different},
		{"left and right in words, one code", has("Left inguinal hernia", "2019-03-01", coded(sct, "396232000")), has("Right inguinal hernia", "2019-03-01", coded(sct, "396232000")), different},
		{"side named by one", has("Cataract", "2019-03-01", on("Left eye")), has("Cataract", "2019-03-01"), possibly},
		{"type 1 and type 2", has("Type 1 diabetes mellitus", "2001"), has("Type 2 diabetes mellitus", "2001"), different},
		{"roman and arabic", has("Type II diabetes mellitus", "2001"), has("Type 2 diabetes mellitus", "2001"), possibly},
		{"another stage under one code", has("CKD stage 3", "2020", coded(sct, "709044004")), has("CKD stage 4", "2020", coded(sct, "709044004")), different},
		{"family history and own", has("Breast cancer", "2015"), has("Family history of breast cancer", "2015"), different},
		{"family history under the code of the disease", has("Breast cancer", "2015", coded(sct, "254837009")), has("FH: Breast cancer", "2015", coded(sct, "254837009")), different},
		{"screening for it", has("Breast cancer", "2015", coded(sct, "254837009")), has("Screening for breast cancer", "2015", coded(sct, "254837009")), different},
		{"not it", has("Deep vein thrombosis", "2015", coded(sct, "128053003")), has("No deep vein thrombosis", "2015", coded(sct, "128053003")), different},
		{"provisional there", has("Angina", "2015", verified("confirmed")), has("Angina", "2015", verified("provisional")), possibly},
		{"the same code in other words", has("Heart attack", "2015-03-01", coded(sct, "22298006")), has("Myocardial infarction", "2015-03-01", coded(sct, "22298006")), possibly},
		{"the same words with other codes", has("Heart failure", "2015", coded(sct, "84114007")), has("Heart failure", "2015", coded(sct, "42343007")), possibly},

		// Results and observations.
		{"the same result", measuredAt("Potassium", "2026-01-02T09:00:00Z", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02T09:00:00Z", "4.1", "mmol/L"), same},
		{"dated to the day there", measuredAt("Potassium", "2026-01-02T09:00:00Z", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02", "4.1", "mmol/l"), possibly},
		{"digits", measuredAt("Potassium", "2026-01-02", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02", "4.10", "mmol/L"), possibly},
		{"another value", measuredAt("Potassium", "2026-01-02", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02", "5.1", "mmol/L"), different},
		{"another unit", measuredAt("Glucose", "2026-01-02", "5.1", "mmol/L"), measuredAt("Glucose", "2026-01-02", "5.1", "mg/dL"), different},
		{"unit missing", measuredAt("Glucose", "2026-01-02", "5.1", "mmol/L"), measuredAt("Glucose", "2026-01-02", "5.1", ""), different},
		{"a comparator", measuredAt("Troponin", "2026-01-02", "5", "ng/L"), measuredAt("Troponin", "2026-01-02", "5", "ng/L", func(e *record.Entry) { e.Quantity.Comparator = "<" }), different},
		{"the next day", measuredAt("Potassium", "2026-01-02", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-03", "4.1", "mmol/L"), different},
		{"another minute", measuredAt("Potassium", "2026-01-02T09:00:00Z", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02T09:05:00Z", "4.1", "mmol/L"), different},
		{"dated to the month", measuredAt("Potassium", "2026-01", "4.1", "mmol/L"), measuredAt("Potassium", "2026-01-02", "4.1", "mmol/L"), different},
		{"undated", measuredAt("Potassium", "", "4.1", "mmol/L"), measuredAt("Potassium", "", "4.1", "mmol/L"), different},
		{"preliminary and final", measuredAt("Sodium", "2026-01-02", "140", "mmol/L", func(e *record.Entry) { e.Verification = "preliminary" }), measuredAt("Sodium", "2026-01-02", "140", "mmol/L"), possibly},
		{"serum and urine", measuredAt("Serum creatinine", "2026-01-02", "80", "umol/L"), measuredAt("Urine creatinine", "2026-01-02", "80", "umol/L"), different},

		// Procedures, immunisations, visits.
		{"a knee of either side", procedure("Total knee replacement", "2019-03-01", on("Left")), procedure("Total knee replacement", "2019-03-01", on("Right")), different},
		{"done, and not done", procedure("Appendicectomy", "2019-03-01"), procedure("Appendicectomy", "2019-03-01", refuted), different},
		{"a procedure of a year and of a day in it", procedure("Appendicectomy", "2019"), procedure("Appendicectomy", "2019-03-01"), possibly},
		{"a procedure undated", procedure("Appendicectomy", ""), procedure("Appendicectomy", ""), different},
		{"two vaccinations", made(record.Immunisations, "Influenza vaccine", "2024-10-01"), made(record.Immunisations, "Influenza vaccine", "2025-10-01"), different},
		{"one visit, two clocks", made(record.Visits, "Accident and emergency", "2026-01-02T09:00:00Z"), made(record.Visits, "Accident and emergency", "2026-01-02"), possibly},
		{"admission and referral", made(record.Visits, "Cardiology", "2026-01-02", ofKind("Referral")), made(record.Visits, "Cardiology", "2026-01-02", ofKind("Inpatient stay")), different},
	} {
		if got := verdict(p.a, p.b); got != p.want {
			t.Errorf("%s: %s, want %s", p.name, got, p.want)
		}
		if got := verdict(p.b, p.a); got != p.want {
			t.Errorf("%s, the other way round: %s, want %s", p.name, got, p.want)
		}
	}
}

// Of what one organisation repeats beyond all measure, lines are compared with
// the thousand about them and not with all; none is left out.
func TestCrowdsAreComparedInPart(t *testing.T) {
	var theirs []record.Entry
	for range 1500 {
		theirs = append(theirs, takes("Ramipril 5mg capsules", "one a day", dated("2026-03-02")))
	}
	for _, section := range []record.Section{record.Medications, record.Problems} {
		crowd := slices.Clone(theirs)
		for i := range crowd {
			crowd[i].Section = section
		}
		ours := takes("Ramipril 5mg capsules", "one a day", dated("2026-03-01"))
		ours.Section, ours.When = section, record.Date{}
		lines := record.Merge([]record.Contribution{contribution("A01", crowd...), contribution("B01", ours)}).Lines[section]
		if len(lines) != 1501 || lines[0].Group != 0 {
			t.Errorf("%s: %d lines, the first in group %d", section, len(lines), lines[0].Group)
		}
		if !slices.ContainsFunc(lines, func(l record.Line) bool { return l.Group != 0 && l.Lead().From == "B01" }) {
			t.Errorf("%s: what stands near is not compared", section)
		}
	}
}
