package stories

// restricted is somebody whose whereabouts must not be given away.
func restricted(t *teller) {
	p := t.person(who{
		number: "9990000123", prefix: "Ms", given: "Leanne Kelly", family: "Marsh", gender: "female", born: "1988-03-01",
		street: "7 Haven Court", postcode: "CV99 9XR", phone: "07700 900123", practice: sponEnd, since: t.day(-120),
		story: "Restricted (S-flag): whatever would locate her is shown by kind only", user: "ed.nurse",
	})
	p.Restricted = true
	gp := p.at(sponEnd)
	gp.allergy(penicillinAllergy, "2002", reaction("mild", rash))
	gp.problem(anxiety, t.month(-9))
	gp.prescribe(sertraline50, "Take one tablet once a day", t.day(-85), by("Dr Neha Raval"))
	gp.visit(outpatient, "Consultation", t.at(-85, "16:20"), t.at(-85, "16:35"), place("Spon End Surgery, Room 3"))
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.at(-2, "20:40"), t.at(-2, "23:50"), place("Emergency Department, Cubicle 4"), reason(words("Head injury")))
	hospital.appointment("Fracture clinic", t.at(8, "09:00"), 15, place("University Hospital, Fracture clinic"))
	hospital.vitals(t.at(-2, "20:50"), pulse.is("101"), breathing.is("18"), saturation.is("98"), news2.is("1"))
	hospital.flag(words("Do not telephone at home"), contactAlert, t.day(-1), sensitive)
	council := p.at(coventry)
	council.flag(vulnerable, safetyAlert, t.day(-100))
	council.service("Domestic abuse support", t.day(-100), sensitive)
	council.team("Safeguarding", t.day(-100), member{"Duty social worker", "Social worker", "024 7696 0820", coventry})
}

// superseded had another NHS number, which now leads to this one.
func superseded(t *teller) {
	p := t.person(who{
		number: "9990000131", prefix: "Mr", given: "Mohammed Iqbal", family: "Chaudhry", gender: "male", born: "1958-11-11",
		street: "33 Stoney Stanton Place", postcode: "CV99 9CA", phone: "07700 900131", practice: foleshillRoad, since: "1991-07-01",
		story: "Superseded number: 999 000 0255 was his too, and leads to this record", user: "ed.nurse",
	})
	p.Superseded = []string{"9990000255"}
	gp := p.at(foleshillRoad)
	gp.noKnownAllergies("2008-02-29")
	gp.problem(ischaemic, "2013-05-17")
	gp.problem(diabetes2, "2007-10")
	gp.prescribe(aspirin75, "Dissolve one tablet in water once a day", t.day(-140))
	gp.prescribe(metforminMR, "Take two tablets with the evening meal", t.day(-140))
	gp.prescribe(glargine, "24 units at bedtime", t.day(-140))
	gp.prescribe(gtnSpray, "One or two sprays under the tongue when required", t.day(-140))
	gp.lab(diabetesBloods, t.at(-90, "09:00"), []value{hba1c.is("67"), cholesterol.is("3.6")})
	hospital := p.at(uhcw)
	hospital.visit(outpatient, "Cardiology outpatient", t.at(-10, "11:15"), t.at(-10, "11:35"), place("University Hospital, Clinic 2"), specialty("Cardiology"))
	hospital.procedure(stenting, "2013-05-18", by("Dr Omar El-Sayed"))
	hospital.report(echocardiogram, "CUS", t.at(-11, "14:00"), "Mildly impaired left ventricular function, ejection fraction 48%.")
	hospital.letter(words("Cardiology clinic letter"), t.at(-9, "16:00"), "Dear Doctor,\n\nAngina well controlled. No change to treatment. Review in twelve months.\n\nDr O. El-Sayed\n", by("Dr Omar El-Sayed"))
}

// deceased died ten days ago; the registrar has told the demographics service.
func deceased(t *teller) {
	p := t.person(who{
		number: "9990000158", prefix: "Mrs", given: "Edith Rose", family: "Wakefield", gender: "female", born: "1936-01-24",
		street: "1 Almshouse Row", postcode: "CV99 9CB", phone: "07700 900158", practice: sponEnd, since: "1968-04-04",
		story: "Deceased ten days ago, formally notified: viewable for 28 days on a live ground", user: "ed.nurse",
	})
	p.Died = t.at(-10, "04:15")
	gp := p.at(sponEnd)
	gp.allergy(words("Codeine"), "1989", reaction("moderate", vomiting), with("type", "intolerance"))
	gp.problem(heartFailure, "2020-03-16")
	gp.problem(kidneyDisease3b, "2018-08")
	gp.flag(noResus, directive, t.day(-60), by("Dr P. Osei"))
	gp.prescribe(furosemide40, "Take two tablets in the morning", t.day(-70), status("completed"))
	gp.prescribe(words("Morphine sulfate 10mg/5ml oral solution"), "2.5ml when required for breathlessness or pain", t.day(-25), status("completed"))
	gp.plan("End of life care plan", endOfLifePlan, t.day(-60), []string{"To die at home, with her daughter there"},
		[]string{"Anticipatory medicines in the house", "District nurses daily", "No further hospital admission"}, by("Dr P. Osei"))
	hospital := p.at(uhcw)
	hospital.visit(inpatient, "Emergency admission", t.at(-31, "13:00"), t.at(-24, "12:00"), place("Ward 20, Gerontology"), specialty("Geriatric medicine"), reason(heartFailure))
	hospital.lab(words("NT-proBNP"), t.at(-30, "07:00"), []value{ntProBNP.is("8850")})
	hospital.pdf(words("ReSPECT form"), t.at(-25, "15:30"), []string{
		"Edith Wakefield, born 24-Jan-1936", "", "Priority: comfort over prolonging life.", "Attempt CPR: no.",
		"Would wish to stay at home. Discussed with patient and daughter.", "", "Dr Maeve Donnelly, Consultant Geriatrician",
	}, by("Dr Maeve Donnelly"))
	swft := p.at(southWarwick)
	swft.visit(homeVisit, "District nurse visit", t.at(-11, "09:30"), t.at(-11, "10:10"), specialty("District nursing"))
	swft.team("District nursing, Coventry west", t.day(-60), member{"Sister Bernadette Quigley", "District nurse", "024 7696 0305", southWarwick})
}
