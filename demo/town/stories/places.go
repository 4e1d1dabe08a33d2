package stories

// atGeorgeEliot is an inpatient whom the pharmacist there looks after.
func atGeorgeEliot(t *teller) {
	p := t.person(who{
		number: "9990000190", prefix: "Mr", given: "Kwabena Owusu", family: "Mensah", gender: "male", born: "1951-02-17",
		street: "12 Attleborough Green", town: "Nuneaton", postcode: "CV99 9DA", phone: "07700 900190", practice: foleshillRoad, since: "1999-03-03",
		story: "Inpatient at George Eliot: the pharmacist reconciles his medicines", user: "pharmacist",
	})
	eliot := p.at(georgeEliot)
	eliot.visit(inpatient, "Emergency admission", t.at(-4, "11:30"), "", place("Ward: Felix Holt"), specialty("Stroke medicine"), reason(stroke))
	eliot.allergy(words("Trimethoprim"), t.day(-4), reaction("moderate", rash), verified("unconfirmed"), note("Family recall a rash; not sure when"))
	eliot.onWard(clopidogrel, "Take one tablet once a day", t.day(-3), by("Dr Sunita Pillai"))
	eliot.onWard(atorvastatin80, "Take one tablet at night", t.day(-3), by("Dr Sunita Pillai"))
	eliot.onWard(amlodipine5, "Take one tablet once a day", t.day(-4), by("Dr Sunita Pillai"))
	eliot.takes(apixaban25, "Take one tablet twice a day", t.day(-4), stopped("Held on admission until repeat CT"))
	eliot.takes(words("St John's wort (bought by patient)"), "One a day", t.day(-4))
	eliot.lab(kidneyFunction, t.at(-1, "06:20"), []value{sodium.is("134"), potassium.is("4.0"), creatinine.is("119"), egfr.is("54"), urea.is("8.4")})
	eliot.report(words("CT head"), "RAD", t.at(-4, "12:10"), "No haemorrhage. Early ischaemic change, left middle cerebral artery territory.")
	eliot.vitals(t.at(-1, "08:00"), pulse.is("78"), breathing.is("16"), temperature.is("36.6"), saturation.is("96"), news2.is("1"))
	eliot.pressure(t.at(-1, "08:00"), "162", "92")
	eliot.flag(words("Nil by mouth until seen by speech and language therapy"), safetyAlert, t.day(-4))
	gp := p.at(foleshillRoad)
	gp.allergy(words("Trimethoprim"), "2013-09-26", reaction("severe", rash, angioedema), highRisk)
	gp.problem(fibrillation, "2021-04-08")
	gp.problem(hypertension, "2002")
	gp.prescribe(apixaban5, "Take one tablet twice a day", t.day(-64), reason(fibrillation))
	gp.prescribe(amlodipine10, "Take one tablet once a day", t.day(-64))
	gp.prescribe(omeprazole20, "Take one capsule in the morning", t.day(-64))
	gp.flag(anticoagulant, clinicalAlert, "2021-04-08")
	gp.vaccine(fluVaccine, t.day(-47), "FL2291B")
	crew := p.at(ambulance)
	crew.visit(homeVisit, "999 call: facial weakness", t.at(-4, "10:20"), t.at(-4, "11:25"), place("Conveyed to George Eliot Hospital"))
	crew.vitals(t.at(-4, "10:35"), pulse.is("104"), breathing.is("18"), saturation.is("95"), news2.is("3"))
	p.at(warwickshire).service("Home support: mornings", t.day(-390))
}

// byAmbulance was seen by a crew this morning and is referred to Birmingham.
func byAmbulance(t *teller) {
	p := t.person(who{
		number: "9990000204", prefix: "Mrs", given: "Joan Iris", family: "Featherstone", gender: "female", born: "1940-08-12",
		street: "6 Bayley Almshouses", postcode: "CV99 9DB", phone: "07700 900104", practice: sponEnd, since: "1981-05-19",
		story: "A crew is with her now: paramedic; ed.birmingham too, by a referral", user: "paramedic",
	})
	crew := p.at(ambulance)
	crew.visit(homeVisit, "999 call: collapse", t.minutesAgo(40), "", place("At the scene"))
	crew.vitals(t.minutesAgo(32), pulse.is("44"), breathing.is("18"), saturation.is("94"), temperature.is("36.0"), news2.is("4"))
	crew.pressure(t.minutesAgo(32), "96", "58")
	crew.visit(homeVisit, "999 call: fall", t.at(-60, "03:10"), t.at(-60, "04:05"), place("Not conveyed"))
	crew.flag(words("Key safe by the back door"), contactAlert, t.day(-60), sensitive)
	gp := p.at(sponEnd)
	gp.allergy(words("Elastoplast"), "1990", reaction("mild", rash))
	gp.noKnownDrugAllergies("2012-03-15")
	gp.problem(aorticStenosis, "2022-02-01")
	gp.problem(hypothyroidism, "1998")
	gp.prescribe(bisoprolol5, "Take one tablet in the morning", t.day(-58), by("Dr P. Osei"))
	gp.prescribe(levothyroxine, "Take one tablet in the morning", t.day(-58), by("Dr P. Osei"))
	gp.flag(fallsRisk, safetyAlert, t.day(-55), by("Dr P. Osei"))
	hospital := p.at(uhcw)
	hospital.visit(outpatient, "Cardiology outpatient", t.at(-18, "10:00"), t.at(-18, "10:25"), place("University Hospital, Clinic 2"), specialty("Cardiology"))
	hospital.report(echocardiogram, "CUS", t.at(-18, "09:20"), "Severe aortic stenosis, valve area 0.7 cm2. Good left ventricular function.")
	hospital.refer(words("Transcatheter aortic valve implantation: opinion"), birmingham, t.day(-17), by("Dr Omar El-Sayed"))
	council := p.at(coventry)
	council.service("Home support: twice daily", t.day(-50))
	council.equipment("Pendant alarm", t.day(-49))
	council.equipment("Raised toilet seat", t.day(-49))
}

// toBirmingham is seen by a hospital that views and supplies nothing.
func toBirmingham(t *teller) {
	p := t.person(who{
		number: "9990000212", prefix: "Mr", given: "Yusuf Abdi", family: "Warsame", gender: "male", born: "1976-10-10",
		street: "25 Hillfields Mews", postcode: "CV99 9DC", phone: "07700 900112", practice: foleshillRoad, since: "2005-01-17",
		story: "Referred to a Birmingham hospital, which views and supplies nothing", user: "ed.birmingham",
	})
	hospital := p.at(uhcw)
	hospital.refer(words("Kidney transplant assessment"), birmingham, t.day(-70), by("Dr Samir Haddad"))
	hospital.visit(outpatient, "Renal outpatient", t.at(-21, "09:30"), t.at(-21, "09:50"), place("University Hospital, Clinic 7"), specialty("Renal medicine"))
	hospital.lab(kidneyFunction, t.at(-21, "09:15"), []value{sodium.is("141"), potassium.is("5.1"), creatinine.is("412"), egfr.is("13"), urea.is("24.6")})
	hospital.lab(bloodCount, t.at(-21, "09:15"), []value{haemoglobin.is("98"), whiteCells.is("5.5"), platelets.is("211")})
	hospital.plan("Kidney care plan", carePlan, t.day(-80), []string{"Transplant before dialysis is needed"}, []string{"Low potassium diet", "Protect the veins of the left arm"}, by("Dr Samir Haddad"))
	hospital.flag(words("No blood pressure or blood samples from the left arm (planned fistula)"), safetyAlert, t.day(-80))
	gp := p.at(foleshillRoad)
	gp.allergy(words("Iodine contrast"), "2019-06-07", reaction("moderate", urticaria))
	gp.problem(words("Chronic kidney disease stage 5, IgA nephropathy"), "2011-09")
	gp.prescribe(amlodipine10, "Take one tablet once a day", t.day(-77))
	gp.prescribe(losartan50, "Take one tablet once a day", t.day(-77))
	gp.vaccine(words("Hepatitis B vaccine, dialysis schedule"), t.day(-160), "HB0907")
}

// homeCare is visited by social workers of Coventry.
func homeCare(t *teller) {
	p := t.person(who{
		number: "9990000220", prefix: "Mrs", given: "Winifred Grace", family: "Oduya", gender: "female", born: "1938-06-25",
		street: "14 Whitefriars Walk", postcode: "CV99 9DD", phone: "07700 900120", practice: sponEnd, since: "1973-08-08",
		story: "Home care: the social worker sees medicines, allergies, plans and social care, and nothing else", user: "social.worker",
	})
	council := p.at(coventry)
	council.service("Home support: four calls a day", t.day(-300))
	council.service("Meals at home", "2024")
	council.assessment("Care Act needs assessment", t.day(-305), by("Adult Social Care, South team"), reason(words("Discharged from hospital")))
	council.assessment("Occupational therapy assessment", t.day(-290), by("Adult Social Care, South team"))
	council.contact("Daughter asks for more help at night", t.day(-9))
	council.equipment("Profiling bed", t.day(-288))
	council.equipment("Hoist, with full body sling", t.month(-9))
	council.supportReason("Physical support: personal care", t.day(-305))
	council.supportReason("Adult at Risk", t.day(-120))
	council.flag(words("Two carers for every transfer"), safetyAlert, t.day(-288))
	council.team("Adult Social Care, South team", t.day(-300),
		member{"Dipesh Solanki", "Social worker", "024 7696 0812", coventry}, member{"Kestrel Home Care", "Home care provider", "", coventry})
	council.plan("Care and support plan", carePlan, t.day(-300), []string{"To stay in her own home", "To go to church on Sundays"}, []string{"Four calls a day, two carers", "Pressure areas checked at each call"})
	gp := p.at(sponEnd)
	gp.allergy(penicillinAllergy, "1966", reaction("moderate", urticaria))
	gp.problem(parkinsons, "2015-04-27")
	gp.problem(alzheimers, "2021-09-30")
	gp.prescribe(coCareldopa, "Take one tablet at 7am, 11am, 3pm and 7pm exactly", t.day(-48), by("Dr P. Osei"))
	gp.prescribe(donepezil10, "Take one tablet at night", t.day(-48))
	gp.prescribe(senna, "Take two tablets at night", t.day(-48))
	gp.prescribe(apixaban25, "Take one tablet twice a day", t.day(-48))
	gp.flag(fallsRisk, safetyAlert, "2020-02")
	gp.plan("Advance care plan", escalation, t.day(-140), nil, []string{"Treat infections at home first", "Hospital for fractures or pain that cannot be controlled"}, by("Dr P. Osei"))
	hospital := p.at(uhcw)
	hospital.visit(inpatient, "Emergency admission", t.at(-310, "19:00"), t.at(-300, "14:00"), place("Ward 53, Trauma"), specialty("Trauma and orthopaedics"), reason(hipFracture))
	hospital.procedure(femurFixation, t.day(-309), site(words("Left femur")))
	hospital.appointment("Falls clinic", t.at(11, "14:15"), 30, place("University Hospital, Clinic 4"), specialty("Geriatric medicine"))
	swft := p.at(southWarwick)
	swft.visit(homeVisit, "Community physiotherapy", t.at(-7, "11:00"), t.at(-7, "11:45"), specialty("Physiotherapy"))
	swft.team("Community neurology nursing", "2022-05", member{"Sister Yetunde Bakare", "Parkinson's disease nurse", "024 7696 0310", southWarwick})
	mental := p.at(partnership)
	mental.visit(outpatient, "Memory clinic", t.at(-190, "10:00"), t.at(-190, "10:50"), specialty("Old age psychiatry"))
	mental.takes(quetiapine25, "Half a tablet at night", t.day(-190), stopped("Made stiffness worse"))
}

// twoTrusts is cared for by both trusts that two.jobs works for.
func twoTrusts(t *teller) {
	p := t.person(who{
		number: "9990000239", prefix: "Mr", given: "Callum James", family: "Rafferty", gender: "male", born: "1997-09-03",
		street: "Flat 2, 80 Clarendon Parade", town: "Leamington Spa", postcode: "CV99 9DE", phone: "07700 900139", practice: leamTerrace, since: "2016-09-26",
		story: "Under the mental health partnership and South Warwickshire: two.jobs sees him in either role; crisis plan, sensitive items", user: "two.jobs",
	})
	mental := p.at(partnership)
	mental.visit(outpatient, "Community mental health team", t.at(-5, "13:00"), t.at(-5, "13:45"), place("Leamington, Community mental health base"), specialty("Adult mental health"))
	mental.appointment("Care review", t.at(9, "13:00"), 45, place("Leamington, Community mental health base"), specialty("Adult mental health"))
	mental.problem(bipolar, "2018-02-02")
	mental.flag(suicideRisk, clinicalAlert, t.day(-75), sensitive)
	mental.takes(lithium400, "Take two tablets at night", "2019-01-15")
	mental.plan("Crisis plan", crisisPlan, t.day(-75), []string{"To notice early when sleep goes"},
		[]string{"Ring the crisis line, day or night", "Mother may be told", "Prefers to be seen at home rather than in hospital"}, by("Aoife Brogan, care coordinator"))
	mental.team("Community mental health team, south", "2018-03", member{"Aoife Brogan", "Care coordinator", "024 7696 0420", partnership}, member{"Dr Ravi Menon", "Consultant psychiatrist", "", partnership})
	mental.letter(words("Care programme review"), t.at(-75, "12:00"), "Settled on lithium. Level 0.7. Agreed crisis plan attached to the record.\n", by("Dr Ravi Menon"), sensitive)
	swft := p.at(southWarwick)
	swft.visit(outpatient, "Physiotherapy outpatient", t.at(-16, "15:30"), t.at(-16, "16:00"), specialty("Physiotherapy"))
	swft.appointment("Physiotherapy follow-up", t.at(5, "15:30"), 30, place("Leamington Spa Hospital"), specialty("Physiotherapy"))
	swft.procedure(words("Repair of anterior cruciate ligament"), t.day(-130), site(words("Right knee")))
	gp := p.at(leamTerrace)
	gp.noKnownAllergies("2016-10-03")
	gp.prescribe(lithium400, "Take two tablets at night", t.day(-30), by("Dr Fiona McAllister"))
	gp.prescribe(ibuprofen400, "Take one tablet three times a day", t.day(-128), stopped("Interacts with lithium"))
	gp.lab(words("Lithium monitoring"), t.at(-28, "08:30"), []value{lithium.is("0.7"), tsh.is("3.10"), creatinine.is("84")})
	gp.flag(words("Takes lithium: avoid NSAIDs"), clinicalAlert, "2019-02")
	p.at(warwickshire).assessment("Housing needs", t.day(-400))
}
