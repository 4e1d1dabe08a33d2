package stories

// plain is what a record looks like on a good day: most partners know her and
// all of them answer.
func plain(t *teller) {
	p := t.person(who{
		number: "9990000018", prefix: "Mrs", given: "Harpreet Kaur", family: "Sandhu", gender: "female", born: "1961-03-14",
		street: "22 Weavers Row", postcode: "CV99 9AB", phone: "07700 900118", practice: sponEnd, since: "1998-06-01",
		story: "Plain record: most partners know her and every one of them answers", user: "ed.nurse",
	})
	plainPractice(t, p.at(sponEnd))
	plainHospital(t, p.at(uhcw))
	swft := p.at(southWarwick)
	swft.appointment("Diabetic eye screening", t.at(9, "10:20"), 20, place("Stratford Hospital, Eye clinic"), specialty("Ophthalmology"))
	swft.refer(words("Podiatry: annual diabetic foot check"), southWarwick, t.day(-40), by("Dr Neha Raval"))
	council := p.at(coventry)
	council.service("Carer support: looks after her father", t.day(-200))
	council.assessment("Carer's assessment", t.day(-196), by("Adult Social Care, North team"))
	council.team("Carer support", t.day(-196), member{"Marcia Lindo", "Carers' worker", "024 7696 0811", coventry})
}

func plainPractice(t *teller, gp *file) {
	gp.allergy(aspirinAllergy, "2004-05-17", reaction("moderate", wheeze), onset("2004"), by("Dr P. Osei"))
	gp.problem(diabetes2, "2012-09-03", by("Dr Neha Raval"))
	gp.problem(hypertension, "2009")
	gp.problem(osteoarthritis, "2018-02", note("Both knees, worse on stairs"))
	gp.problem(urineInfection, t.day(-410), resolved(t.day(-398)))
	gp.problem(gout, "2016-04-01", inError)
	gp.prescribe(metformin500, "Take two tablets twice a day with meals", t.day(-320), by("Dr Neha Raval"), reason(diabetes2))
	gp.prescribe(ramipril5, "Take one capsule once a day", t.day(-320), by("Dr Neha Raval"), reason(hypertension))
	gp.prescribe(atorvastatin20, "Take one tablet at night", t.day(-320), by("Dr Neha Raval"))
	gp.prescribe(naproxen500, "Take one tablet twice a day with food", t.day(-500), stopped("Kidney function; taking ramipril"))
	gp.course(nitrofurantoin, "Take one capsule twice a day for three days", t.day(-410))
	gp.visit(outpatient, "Diabetes annual review", t.at(-31, "09:40"), t.at(-31, "10:00"), by("Sister Grace Nyambura"), reason(diabetes2))
	gp.lab(diabetesBloods, t.at(-33, "08:50"), []value{hba1c.is("58"), cholesterol.is("4.1")})
	gp.lab(kidneyFunction, t.at(-33, "08:50"), []value{sodium.is("139"), potassium.is("4.6"), creatinine.is("82"), egfr.is("71"), urea.is("6.2")})
	gp.pressure(t.at(-31, "09:45"), "138", "82")
	for i, home := range [][2]string{{"131", "78"}, {"128", "76"}, {"134", "80"}, {"129", "77"}, {"126", "75"}} {
		gp.pressure(t.at(-30+i, "07:30"), home[0], home[1], atHome(gp))
	}
	gp.vitals(t.at(-31, "09:45"), weight.is("78.4"), height.is("162"), bodyMass.is("29.9"))
	gp.vaccine(fluVaccine, t.day(-45), "FL2291A", by("Sister Grace Nyambura"))
	gp.vaccine(covidVaccine, t.day(-390), "CV7710K")
	gp.vaccine(pneumoVaccine, "2021-10", "")
	gp.vaccine(shingles, t.day(-45), "", notGiven(words("Patient wishes to think about it")))
	gp.plan("Diabetes care plan", carePlan, t.day(-31), []string{"HbA1c below 53 mmol/mol by spring", "Walk for 30 minutes five days a week"},
		[]string{"Repeat HbA1c in three months", "Retinal screening booked", "Refer to podiatry"}, by("Sister Grace Nyambura"))
	gp.refer(words("Podiatry: annual diabetic foot check"), southWarwick, t.day(-31), by("Dr Neha Raval"))
}

func plainHospital(t *teller, ed *file) {
	ed.visit(emergency, "Emergency department attendance", t.at(-1, "21:15"), "", place("Emergency Department, Majors 7"), reason(chestPain))
	ed.visit(inpatient, "Day case", t.at(-900, "08:00"), t.at(-900, "16:30"), place("Day Surgery Unit"), specialty("Ophthalmology"))
	ed.procedure(cataract, t.day(-900), site(words("Left eye")), by("Miss Ioana Stanciu"))
	ed.allergy(aspirinAllergy, t.day(-900), reaction("moderate", wheeze), verified("unconfirmed"), note("As told by the patient"))
	ed.lab(words("Troponin, on arrival"), t.at(-1, "21:40"), []value{troponin.is("4")})
	ed.lab(bloodCount, t.at(-1, "21:40"), []value{haemoglobin.is("128"), whiteCells.is("7.2"), platelets.is("262")})
	ed.vitals(t.at(-1, "21:20"), pulse.is("88"), breathing.is("18"), temperature.is("36.8"), saturation.is("97"), news2.is("1"))
	ed.pressure(t.at(-1, "21:20"), "151", "86")
	ed.report(electrocardiogram, "EC", t.at(-1, "21:25"), "Sinus rhythm, rate 86. No acute ischaemic change.")
	ed.report(chestXray, "RAD", t.at(-1, "22:05"), "Clear lung fields. Heart size normal.", by("Dr Callum Breeze"))
	ed.letter(words("Eye clinic discharge letter"), t.day(-899), "Dear Dr Raval,\n\nLeft cataract extraction with lens implant under local anaesthetic, without complication.\n\n"+
		"Drops for four weeks. Optician in six weeks. The right eye does not need surgery yet.\n\nMiss I. Stanciu, Consultant Ophthalmologist\n", by("Miss Ioana Stanciu"))
}

// nothing is a patient of whom nobody has recorded anything.
func nothing(t *teller) {
	p := t.person(who{
		number: "9990000174", prefix: "Miss", given: "Elena Mihaela", family: "Popescu", gender: "female", born: "1995-12-02",
		street: "Flat 6, 31 Dyers Yard", postcode: "CV99 9HH", phone: "07700 900174", practice: sponEnd, since: t.day(-20),
		story: "Nothing recorded anywhere: two partners know her name, the rest do not know her", user: "gp",
	})
	p.at(sponEnd)
	p.at(uhcw)
	p.ground(uhcw, "encounter", "arrival", t.parse(t.minutesAgo(35)), zero)
}

// duplicates has the same facts word for word at two partners.
func duplicates(t *teller) {
	p := t.person(who{
		number: "9990000182", prefix: "Mr", given: "Balvinder Singh", family: "Gill", gender: "male", born: "1969-08-27",
		street: "9 Cheylesmore Lane", postcode: "CV99 9JA", phone: "07700 900182", practice: sponEnd, since: "2003-04-01",
		story: "Duplicates: the same blood test, allergy and medicine come from the GP and from the hospital", user: "ed.nurse",
	})
	for _, f := range []*file{p.at(sponEnd), p.at(uhcw)} {
		f.allergy(penicillinAllergy, "2011-03-09", onset("2011-03-08"), reaction("severe", urticaria, angioedema), highRisk)
		f.lab(kidneyFunction, t.at(-6, "07:30"), []value{sodium.is("136"), potassium.is("5.6"), creatinine.is("128"), egfr.is("55"), urea.is("9.1")})
		f.lab(bloodCount, t.at(-6, "07:30"), []value{haemoglobin.is("141"), whiteCells.is("6.9"), platelets.is("233")})
		f.problem(diabetes2, "2015-06-22")
		f.problem(kidneyDisease3a, "2021-11-05")
	}
	gp, hospital := p.at(sponEnd), p.at(uhcw)
	gp.prescribe(ramipril5, "Take one capsule once a day", t.day(-150), by("Dr Neha Raval"))
	gp.prescribe(gliclazide80, "Take one tablet twice a day", t.day(-150), by("Dr Neha Raval"))
	gp.prescribe(dapagliflozin, "Take one tablet in the morning", t.day(-60), by("Dr Neha Raval"))
	gp.lab(kidneyFunction, t.at(-5, "08:10"), []value{potassium.is("5.4"), creatinine.is("126")})
	gp.vaccine(fluVaccine, t.day(-52), "FL2292C")
	hospital.onWard(ramipril25, "Take one capsule once a day", t.day(-6), by("Dr Samir Haddad"), note("Dose halved: raised potassium"))
	hospital.onWard(gliclazide80, "Take one tablet twice a day", t.day(-6), by("Dr Samir Haddad"))
	hospital.visit(inpatient, "Emergency admission", t.at(-7, "18:20"), t.at(-4, "15:00"), place("Ward 12, Renal"), specialty("Renal medicine"), reason(words("Hyperkalaemia")))
	draft := hospital.letter(words("Discharge summary"), t.at(-4, "14:30"), "Admitted with potassium 6.1. Ramipril stopped. Please repeat U&E in one week.\n", by("Dr Samir Haddad"), replaced)
	hospital.letter(words("Discharge summary"), t.at(-4, "17:10"), "Corrected. Admitted with potassium 6.1. Ramipril halved to 2.5mg, not stopped. Please repeat U&E in one week.\n", by("Dr Samir Haddad"), replacing(draft))
	hospital.pdf(words("Renal clinic letter"), t.at(-90, "09:15"), []string{"Dear Dr Raval,", "", "Kidney function is steady. No change to treatment.", "", "Dr S. Haddad, Consultant Nephrologist"}, by("Dr Samir Haddad"))
	gp.letter(words("Referral letter"), t.day(-100), "Dear colleague,\n\nPlease see this man with chronic kidney disease, stage 3a.\n\nDr N. Raval\n", by("Dr Neha Raval"))
}

// justArrived is in the emergency department, but the feed of relationships
// does not know it yet.
func justArrived(t *teller) {
	p := t.person(who{
		number: "9990000247", prefix: "Ms", given: "Shanice Marie", family: "Campbell", gender: "female", born: "1992-05-16",
		street: "48 Ribbon Court", postcode: "CV99 9NN", phone: "07700 900247", practice: foleshillRoad, since: "2014-09-15",
		story: "Arrived minutes ago: the feed does not know yet; UHCW says so when it is asked", user: "ed.nurse",
	})
	ed := p.at(uhcw)
	ed.visit(emergency, "Emergency department attendance", t.minutesAgo(25), "", place("Emergency Department, Triage"), reason(words("Acute asthma")), notInFeed)
	ed.vitals(t.minutesAgo(20), pulse.is("112"), breathing.is("26"), saturation.is("93"), temperature.is("37.1"), news2.is("6"))
	gp := p.at(foleshillRoad)
	gp.allergy(peanutAllergy, "2001-07-30", onset("2001"), with("category", []string{"food"}), reaction("severe", anaphylaxis), highRisk)
	gp.problem(asthma, "1999-01")
	gp.prescribe(salbutamol, "Two puffs when required", t.day(-80))
	gp.prescribe(beclometasone, "Two puffs twice a day", t.day(-80))
	gp.course(prednisolone5, "Take eight tablets once a day for five days", t.day(-210))
	gp.vaccine(mmrVaccine, "1993-06", "")
}
