package stories

import "math"

// veryLong has attended everything for twenty years: some 1,500 items at UHCW
// and at the practice.
func veryLong(t *teller) {
	p := t.person(who{
		number: "9990000166", prefix: "Mr", given: "Ronald Arthur", family: "Pickering", gender: "male", born: "1944-05-30",
		street: "70 Butts Meadow", postcode: "CV99 9CC", phone: "07700 900166", practice: sponEnd, since: "1970-09-01",
		story: "Very long record: about 1,500 items over twenty years", user: "ed.nurse",
	})
	longHistory(t, p.at(sponEnd), p.at(uhcw))
	for quarter := range 80 {
		day := -20 - 91*quarter
		longBloods(t, p.at(sponEnd), day, quarter)
		longClinic(t, p.at(uhcw), day-30, quarter)
	}
	for winter := range 20 {
		p.at(sponEnd).vaccine(fluVaccine, t.day(-40-365*winter), "FL"+t.year(-winter))
	}
}

func longHistory(t *teller, gp, hospital *file) {
	gp.allergy(words("Simvastatin"), "2007-06", with("type", "intolerance"), note("Muscle pain"))
	gp.allergy(penicillinAllergy, "1958", reaction("mild", rash), note("As a boy, told by his mother"))
	for _, p := range []struct {
		what  concept
		since string
	}{{diabetes2, "2005-02-14"}, {hypertension, "1996"}, {ischaemic, "2006-10-03"}, {kidneyDisease3b, "2016-01"}, {gout, "2011-08-19"}, {osteoarthritis, "2009"}, {reflux, "2003"}, {hearingLoss, "2019-05"}} {
		gp.problem(p.what, p.since)
	}
	gp.problem(pneumonia, "2018-01-06", resolved("2018-02-20"))
	for _, m := range []struct {
		drug concept
		dose string
	}{
		{bisoprolol25, "Take one tablet in the morning"},
		{ramipril5, "Take one capsule once a day"},
		{atorvastatin80, "Take one tablet at night"},
		{clopidogrel, "Take one tablet once a day"},
		{gliclazide80, "Take one tablet twice a day"},
		{sitagliptin, "Take half a tablet once a day"},
		{lansoprazole30, "Take one capsule in the morning"},
		{words("Allopurinol 100mg tablets"), "Take two tablets once a day"},
		{paracetamol, "Take two tablets up to four times a day when required"},
	} {
		gp.prescribe(m.drug, m.dose, t.day(-110), by("Dr P. Osei"))
	}
	hospital.procedure(stenting, "2006-10-04", by("Dr Omar El-Sayed"))
	hospital.procedure(hipReplacement, "2014-03-11", site(words("Right hip")))
	hospital.procedure(colonoscopy, "2017-06-22")
	hospital.visit(inpatient, "Emergency admission", "2018-01-06T21:00:00Z", "2018-01-15T14:00:00Z", place("Ward 30, Respiratory"), reason(pneumonia))
	hospital.visit(emergency, "Emergency department attendance", t.at(-4, "10:45"), t.at(-4, "15:20"), place("Emergency Department"), reason(words("Acute gout, knee")))
}

// drift makes a series that wanders without chance: the same for ever.
func drift(from, by float64, i int) float64 {
	return from + by*math.Sin(float64(i)*0.9) + by*0.6*math.Cos(float64(i)*0.37)
}

// longBloods are a quarter's blood tests and readings at the practice.
func longBloods(t *teller, gp *file, day, i int) {
	ageing := float64(80-i) / 80 // 0 twenty years ago, 1 now
	gp.lab(kidneyFunction, t.at(day, "08:40"), []value{
		sodium.isNumber(drift(139, 2, i), 0), potassium.isNumber(drift(4.5, 0.5, i), 1),
		creatinine.isNumber(drift(92+60*ageing, 6, i), 0), egfr.isNumber(drift(78-40*ageing, 3, i), 0), urea.isNumber(drift(6+4*ageing, 0.8, i), 1),
	})
	gp.lab(diabetesBloods, t.at(day, "08:40"), []value{hba1c.isNumber(drift(56, 6, i), 0), cholesterol.isNumber(drift(4.3, 0.4, i), 1)})
	gp.pressure(t.at(day+2, "10:00"), systolicPressure.isNumber(drift(142, 10, i), 0).of, diastolicPressure.isNumber(drift(80, 5, i), 0).of)
	gp.vitals(t.at(day+2, "10:00"), weight.isNumber(drift(91-6*ageing, 1.5, i), 1), pulse.isNumber(drift(68, 6, i), 0))
}

// longClinic is a quarter's hospital visit.
func longClinic(t *teller, hospital *file, day, i int) {
	hospital.lab(bloodCount, t.at(day, "14:10"), []value{haemoglobin.isNumber(drift(126, 9, i), 0), whiteCells.isNumber(drift(7.4, 1.4, i), 1), platelets.isNumber(drift(240, 30, i), 0), crp.isNumber(max(1, drift(6, 5, i)), 0)})
	if i%2 == 0 {
		hospital.visit(outpatient, "Renal outpatient", t.at(day, "14:00"), t.at(day, "14:20"), specialty("Renal medicine"), place("University Hospital, Clinic 7"))
	}
}
