package stories

import "time"

// conflict is allergic to penicillin at the practice and to nothing at the
// hospital.
func conflict(t *teller) {
	p := t.person(who{
		number: "9990000026", prefix: "Mr", given: "Patrick Joseph", family: "Brennan", gender: "male", born: "1954-10-05",
		street: "3 Swanswell Terrace", postcode: "CV99 9AD", phone: "07700 900126", practice: sponEnd, since: "1987-02-11",
		story: "Conflict of allergies: penicillin anaphylaxis at the GP, \"no known allergies\" at UHCW; doses differ too", user: "ed.nurse",
	})
	gp := p.at(sponEnd)
	gp.allergy(penicillinAllergy, "1996-11-20", onset("1996-11"), reaction("severe", anaphylaxis), highRisk, by("Dr P. Osei"), note("Collapsed after first dose; ambulance called"))
	gp.problem(copd, "2014-01-30")
	gp.problem(fibrillation, "2019-07-12")
	gp.problem(hypertension, "2001")
	gp.prescribe(apixaban5, "Take one tablet twice a day", t.day(-240), reason(fibrillation), by("Dr P. Osei"))
	gp.prescribe(bisoprolol25, "Take one tablet in the morning", t.day(-240), by("Dr P. Osei"))
	gp.prescribe(salbutamol, "Two puffs when required", t.day(-240))
	gp.lab(kidneyFunction, t.at(-70, "09:05"), []value{sodium.is("138"), potassium.is("4.4"), creatinine.is("96"), egfr.is("73")})
	gp.vaccine(fluVaccine, t.day(-50), "FL2291B")
	gp.vaccine(pneumoVaccine, "2019-11-04", "PN4410")
	hospital := p.at(uhcw)
	hospital.noKnownAllergies(t.day(-3), by("Staff Nurse J. Okafor"))
	hospital.visit(inpatient, "Emergency admission", t.at(-3, "02:40"), "", place("Ward 30, Respiratory"), specialty("Respiratory medicine"), reason(pneumonia))
	hospital.problem(pneumonia, t.day(-3), verified("provisional"))
	hospital.onWard(bisoprolol5, "Take one tablet in the morning", t.day(-3), by("Dr Aisha Rahman"))
	hospital.onWard(doxycycline, "Take two capsules now, then one capsule once a day for seven days", t.day(-3), with("courseOfTherapyType", acuteCourse.fhir()), by("Dr Aisha Rahman"))
	hospital.lab(words("CRP and full blood count"), t.at(-2, "06:10"), []value{crp.is("148"), whiteCells.is("15.3"), neutrophils.is("12.8"), haemoglobin.is("133")})
	hospital.vitals(t.at(-1, "06:00"), pulse.is("96"), breathing.is("22"), temperature.is("38.1"), saturation.is("91"), news2.is("7"))
	hospital.pressure(t.at(-1, "06:00"), "118", "70")
	hospital.report(chestXray, "RAD", t.at(-3, "03:30"), "Right lower zone consolidation in keeping with pneumonia.")
	crew := p.at(ambulance)
	crew.visit(homeVisit, "999 call: breathing difficulty", t.at(-3, "01:35"), t.at(-3, "02:35"), place("Conveyed to University Hospital, Coventry"))
	crew.vitals(t.at(-3, "01:50"), pulse.is("118"), breathing.is("28"), saturation.is("86"), temperature.is("38.6"), news2.is("10"))
	swft := p.at(southWarwick)
	swft.appointment("Pulmonary rehabilitation, first session", t.at(12, "13:30"), 60, place("Warwick Hospital, Gymnasium"), specialty("Respiratory physiotherapy"))
}

// downAndSlow is known to two partners that do not answer in time.
func downAndSlow(t *teller) {
	p := t.person(who{
		number: "9990000034", prefix: "Mrs", given: "Agnieszka", family: "Nowakowska", gender: "female", born: "1983-01-19",
		street: "17 Foundry Mews", postcode: "CV99 9AE", phone: "07700 900134", practice: foleshillRoad, since: "2008-05-06",
		story: "One partner down, one slow: George Eliot answers with an error, the ambulance service takes ten seconds", user: "ed.nurse",
	})
	p.Trouble[georgeEliot] = Trouble{Down: true}
	p.Trouble[ambulance] = Trouble{Slow: 10 * time.Second}
	gp := p.at(foleshillRoad)
	gp.allergy(latexAllergy, "2016-02-24", with("category", []string{"environment"}), reaction("mild", rash))
	gp.problem(migraine, "2006")
	gp.problem(hypothyroidism, "2017-03-21")
	gp.prescribe(levothyroxine, "Take one tablet in the morning", t.day(-130), by("Dr M. Farah"))
	gp.prescribe(amitriptyline, "Take one tablet at night", t.day(-130), reason(migraine))
	gp.lab(thyroidPanel, t.at(-64, "10:15"), []value{tsh.is("6.10")})
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.at(-1, "16:05"), t.at(-1, "19:50"), place("Emergency Department"), reason(words("Fall from ladder, wrist injury")))
	hospital.report(words("X-ray of right wrist"), "RAD", t.at(-1, "17:20"), "Undisplaced fracture of the distal radius.")
	hospital.appointment("Fracture clinic", t.at(6, "11:00"), 15, place("University Hospital, Fracture clinic"), specialty("Trauma and orthopaedics"))
	hospital.procedure(caesarean, "2013-08-09")
	eliot := p.at(georgeEliot)
	eliot.allergy(words("Sticking plaster (zinc oxide)"), "2020-10-02", reaction("mild", rash), with("category", []string{"environment"}))
	eliot.visit(outpatient, "Neurology outpatient", t.at(-150, "14:00"), t.at(-150, "14:20"), specialty("Neurology"))
	crew := p.at(ambulance)
	crew.flag(words("Aggressive dog at this address"), safetyAlert, t.day(-30))
	crew.visit(homeVisit, "999 call: fall", t.at(-1, "14:50"), t.at(-1, "15:55"))
	crew.vitals(t.at(-1, "15:10"), pulse.is("84"), breathing.is("16"), saturation.is("99"), news2.is("0"))
}

// wrongPerson is answered about with her namesake's record by George Eliot.
func wrongPerson(t *teller) {
	p := t.person(who{
		number: "9990000042", prefix: "Mrs", given: "Margaret Jean", family: "Bailey", gender: "female", born: "1947-06-11",
		street: "64 Priory Mead", postcode: "CV99 9AF", phone: "07700 900142", practice: sponEnd, since: "1975-10-01",
		story: "A partner answers about somebody else: George Eliot gives the record of Margaret Ann Bailey", user: "ed.nurse",
	})
	p.Trouble[georgeEliot] = Trouble{AnswersAbout: "9990000050"}
	gp := p.at(sponEnd)
	gp.noKnownAllergies("2010-06-15")
	gp.problem(osteoporosis, "2015-03-02")
	gp.problem(hypertension, "1999")
	gp.prescribe(alendronic, "Take one tablet once a week on an empty stomach", t.day(-95))
	gp.prescribe(amlodipine5, "Take one tablet once a day", t.day(-95))
	gp.pressure(t.at(-95, "11:00"), "144", "78")
	hospital := p.at(uhcw)
	hospital.visit(emergency, "Emergency department attendance", t.minutesAgo(200), "", place("Emergency Department, Majors 2"), reason(words("Fall, hip pain")))
	hospital.vitals(t.minutesAgo(190), pulse.is("92"), breathing.is("18"), temperature.is("36.2"), saturation.is("95"), news2.is("2"))
	hospital.lab(bloodCount, t.minutesAgo(175), []value{haemoglobin.is("109"), whiteCells.is("9.8"), platelets.is("301")})
	p.at(coventry).equipment("Walking frame", "2023-05")
}

// namesake is the person whom George Eliot takes her for.
func namesake(t *teller) {
	p := t.person(who{
		number: "9990000050", prefix: "Mrs", given: "Margaret Ann", family: "Bailey", gender: "female", born: "1949-11-06",
		street: "5 Arbury Fold", town: "Nuneaton", postcode: "CV99 9AG", phone: "07700 900150", practice: foleshillRoad, since: "1990-01-15",
		story: "The namesake: her record at George Eliot is given for Margaret Jean Bailey too", user: "pharmacist",
	})
	eliot := p.at(georgeEliot)
	eliot.allergy(amoxicillinRash, "2018-12-01", reaction("moderate", rash))
	eliot.problem(breastCancer, "2018-09-20", note("Left. In remission."))
	eliot.procedure(lumpectomy, "2018-10-16", site(words("Left breast")))
	eliot.visit(outpatient, "Breast follow-up", t.at(-12, "10:40"), t.at(-12, "11:00"), specialty("Breast surgery"))
	gp := p.at(foleshillRoad)
	gp.allergy(amoxicillinRash, "2018-12", reaction("moderate", rash))
	gp.prescribe(words("Letrozole 2.5mg tablets"), "Take one tablet once a day", t.day(-210))
	gp.prescribe(warfarin3, "As in the yellow book", t.day(-210))
	gp.prescribe(warfarin1, "As in the yellow book", t.day(-210))
	gp.lab(words("INR"), t.at(-8, "09:20"), []value{inr.is("2.6")})
}
