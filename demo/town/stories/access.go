package stories

// objection is in force: whoever has business with him reads the neutral
// page, whoever has none the reason page.
func objection(t *teller) {
	p := t.person(who{
		number: "9990000069", prefix: "Mr", given: "Olusegun David", family: "Adeyemi", gender: "male", born: "1972-04-23",
		street: "11 Barras Croft", postcode: "CV99 9BA", phone: "07700 900169", practice: sponEnd, since: "2010-08-31",
		story: "Objection in force: ed.nurse (has a relationship) reads the neutral page, pharmacist (has none) the reason page", user: "ed.nurse",
	})
	p.objects("identity-confirmed", 40)
	p.objects("upheld", 33)
	gp := p.at(sponEnd)
	gp.noKnownAllergies("2012-01-18")
	gp.problem(hypertension, "2016-05-10")
	gp.prescribe(amlodipine10, "Take one tablet once a day", t.day(-75))
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.at(-1, "12:10"), "", place("Emergency Department, Minors"), reason(words("Laceration of hand")))
	hospital.vaccine(tetanusBoost, t.day(-1), "TD1182")
	p.at(coventry).service("Direct payment", t.day(-700))
}

// refusesThere does not mind that his record is shared, but for what his
// community mental health team has written.
func refusesThere(t *teller) {
	p := t.person(who{
		number: "9990000263", prefix: "Mr", given: "Leon Anthony", family: "Grant", gender: "male", born: "1988-08-19",
		street: "30 Shuttle Walk", postcode: "CV99 9NP", phone: "07700 900263", practice: foleshillRoad, since: "2015-02-09",
		story: "Refused sharing at one organisation: the Partnership’s record is withheld, the others’ shown; a possible objection for objections.officer", user: "ed.nurse",
	})
	gp := p.at(foleshillRoad)
	gp.allergy(words("Flucloxacillin"), "2013-06-11", reaction("moderate", rash), by("Dr M. Farah"))
	gp.problem(asthma, "1996")
	gp.prescribe(salbutamol, "Two puffs when required", t.day(-65))
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.minutesAgo(95), "", place("Emergency Department, Minors"), reason(words("Laceration of hand")))
	hospital.vitals(t.minutesAgo(80), pulse.is("84"), breathing.is("15"), temperature.is("36.7"), saturation.is("99"), news2.is("0"))
	team := p.at(partnership)
	team.refuses(t.day(-210))
	team.prescribe(words("Aripiprazole 10mg tablets"), "Take one tablet in the morning", t.day(-50), by("Dr Ifeoma Nwosu"))
	team.visit(outpatient, "Community mental health team", t.at(-50, "11:00"), t.at(-50, "11:45"), specialty("Adult mental illness"))
}

// withdrawn objected once and changed his mind.
func withdrawn(t *teller) {
	p := t.person(who{
		number: "9990000077", prefix: "Mr", given: "Gareth Rhys", family: "Llewellyn", gender: "male", born: "1966-12-30",
		street: "27 Loom Street", postcode: "CV99 9BB", phone: "07700 900177", practice: sponEnd, since: "2001-03-09",
		story: "Withdrawn objection: viewable again; holds sensitive items, which a clinician opens with a reason", user: "ed.nurse",
	})
	p.objects("identity-confirmed", 300)
	p.objects("upheld", 290)
	p.objects("withdrawn", 60)
	gp := p.at(sponEnd)
	gp.noKnownAllergies("2005-09-14")
	gp.problem(hiv, "2009-02-11", sensitive)
	gp.problem(anxiety, "2014-06-03")
	gp.prescribe(sertraline100, "Take one tablet once a day", t.day(-88), by("Dr P. Osei"))
	gp.prescribe(atorvastatin20, "Take one tablet at night", t.day(-88), by("Dr P. Osei"))
	gp.vaccine(pneumoVaccine, "2012-11", "")
	hospital := p.at(uhcw)
	hospital.prescribe(dolutegravir, "Take one tablet once a day", t.day(-170), by("Dr Helen Marchetti"), sensitive, with("category", concepts(hl7Code("medicationrequest-category", "outpatient"))))
	hospital.lab(words("HIV monitoring"), t.at(-171, "10:00"), []value{cd4.is("612"), hivLoad.is("<20")}, sensitive)
	hospital.appointment("Clinic review", t.at(5, "09:30"), 20, place("University Hospital, Clinic 5"), specialty("Infectious diseases"), sensitive)
	hospital.visit(emergency, "Emergency department attendance", t.at(-2, "23:05"), t.at(-1, "02:30"), place("Emergency Department"), reason(words("Palpitations")))
	hospital.report(electrocardiogram, "EC", t.at(-2, "23:20"), "Sinus tachycardia 108. Normal axis and intervals.")
	partnershipFile := p.at(partnership)
	partnershipFile.visit(byPhone, "Talking therapies", t.at(-20, "17:00"), t.at(-20, "17:50"), specialty("Psychological therapies"))
}

// noRelationship is nobody's patient at UHCW today.
func noRelationship(t *teller) {
	p := t.person(who{
		number: "9990000085", prefix: "Mr", given: "Christopher Wing-Ho", family: "Yip", gender: "male", born: "1990-02-08",
		street: "8 Bablake Row", town: "Leamington Spa", postcode: "CV99 9BC", phone: "07700 900185", practice: leamTerrace, since: "2017-10-02",
		story: "No relationship: nobody at UHCW has a ground, so ed.nurse is asked for a reason", user: "ed.nurse",
	})
	gp := p.at(leamTerrace)
	gp.allergy(words("Shellfish"), "2019-04-25", with("category", []string{"food"}), reaction("mild", urticaria))
	gp.problem(asthma, "1997")
	gp.problem(depression, "2020-11", resolved("2022"))
	gp.prescribe(salbutamol, "Two puffs when required", t.day(-160))
	gp.vaccine(covidVaccine, "2021-07-03", "CV1020D")
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", "2016-08-14T22:10:00+01:00", "2016-08-15T01:40:00+01:00", place("Emergency Department"), reason(appendicitis))
	hospital.procedure(appendicectomy, "2016-08-15")
}

// child is under 18 and so not in the programme.
func child(t *teller) {
	p := t.person(who{
		number: "9990000093", prefix: "Miss", given: "Aaliyah Noor", family: "Hussain", gender: "female", born: t.year(-15) + "-04-09",
		street: "40 Radford Gate", postcode: "CV99 9BD", phone: "07700 900193", practice: foleshillRoad, since: t.year(-15) + "-05-20",
		story: "Under 18: not in the programme, whatever the ground", user: "ed.nurse",
	})
	gp := p.at(foleshillRoad)
	gp.noKnownAllergies(t.year(-8) + "-01-15")
	gp.problem(epilepsy, t.year(-6)+"-03-30")
	gp.vaccine(mmrVaccine, t.year(-14)+"-05", "")
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.at(-1, "18:30"), "", place("Children's Emergency Department"), reason(words("Seizure")))
}

// outside is registered with a practice that is not in the programme.
func outside(t *teller) {
	p := t.person(who{
		number: "9990000107", prefix: "Mr", given: "Graham Peter", family: "Toogood", gender: "male", born: "1958-09-18",
		street: "2 Castle View", town: "Leicester", postcode: "LE99 9ZZ", phone: "07700 900107", practice: leicester, since: "1994-11-11",
		story: "Outside the area: registered in Leicester, so not in the programme", user: "ed.nurse",
	})
	hospital := p.at(uhcw)
	hospital.visit(inpatient, "Emergency admission", t.at(-2, "09:15"), "", place("Ward 10, Cardiology"), specialty("Cardiology"), reason(infarction))
	hospital.procedure(stenting, t.day(-2), by("Dr Omar El-Sayed"))
	hospital.onWard(clopidogrel, "Take one tablet once a day", t.day(-2))
}

// fromRedditch is registered in Herefordshire and Worcestershire, which is in
// the programme, but whose practice supplies nothing.
func fromRedditch(t *teller) {
	p := t.person(who{
		number: "9990000115", prefix: "Mrs", given: "Rosalind Ada", family: "Achebe", gender: "female", born: "1979-07-07",
		street: "19 Needle Mill Lane", town: "Redditch", postcode: "B99 9ZZ", phone: "07700 900115", practice: redditch, since: "2011-12-05",
		story: "Registered in Redditch, seen in Coventry: in the programme, though her practice supplies nothing", user: "ed.nurse",
	})
	hospital := p.at(uhcw)
	hospital.allergy(words("Ciprofloxacin"), t.day(-14), reaction("moderate", rash), by("Staff Nurse L. Boateng"))
	hospital.visit(inpatient, "Planned admission", t.at(-15, "07:30"), t.at(-12, "11:00"), place("Ward 33, Surgery"), specialty("General surgery"))
	hospital.procedure(cholecystectomy, t.day(-15), by("Mr Tobias Engel"))
	hospital.course(words("Co-amoxiclav 500mg/125mg tablets"), "Take one tablet three times a day for five days", t.day(-12))
	hospital.appointment("Surgical follow-up", t.at(20, "15:10"), 15, place("University Hospital, Clinic 9"), specialty("General surgery"))
	hospital.lab(liverPanel, t.at(-13, "06:30"), []value{alt.is("88"), crp.is("41")})
	hospital.pdf(words("Discharge summary"), t.at(-12, "10:40"), []string{
		"Patient: Rosalind Achebe, born 07-Jul-1979", "Consultant: Mr Tobias Engel, General Surgery", "",
		"Laparoscopic cholecystectomy for symptomatic gallstones. Uneventful.", "Wounds closed with glue. No sutures to remove.", "",
		"GP to do: repeat liver function in four weeks.",
	}, by("Mr Tobias Engel"))
	swft := p.at(southWarwick)
	swft.visit(outpatient, "Maternity outpatient", "2012-02-20T10:00:00Z", "2012-02-20T10:30:00Z", specialty("Obstetrics"))
	swft.procedure(caesarean, "2012-04-28")
}
