package stories

import (
	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resource"
)

// plan puts a care plan on file: what is to be done, each a line, towards the
// goals.
func (f *file) plan(title string, category concept, since string, goals, activities []string, details ...detail) {
	r := resource.Map{
		"status": "active", "intent": "plan", "title": title, "category": concepts(category),
		"period": resource.Map{"start": since}, "created": since,
	}
	var wanted, todo []any
	for _, g := range goals {
		wanted = append(wanted, resource.Map{"reference": f.goal(g, since), "display": g})
	}
	for _, a := range activities {
		todo = append(todo, resource.Map{"detail": resource.Map{"status": "in-progress", "description": a}})
	}
	if wanted != nil {
		r["goal"] = wanted
	}
	r["activity"] = todo
	f.add("CarePlan", since, r, details...)
}

func (f *file) goal(text, since string) string {
	return f.add("Goal", since, resource.Map{"lifecycleStatus": "active", "description": words(text).fhir(), "startDate": since})
}

// The kinds of care plan.
var (
	carePlan      = snomed("734163000", "Care plan")
	crisisPlan    = snomed("736253002", "Mental health crisis plan")
	escalation    = snomed("735324008", "Treatment escalation plan")
	endOfLifePlan = snomed("736373009", "End of life care plan")
)

// member is one of a care team.
type member struct {
	name, role, phone string
	of                nhs.ODSCode
}

// team puts a care team on file.
func (f *file) team(name, since string, members ...member) {
	var participants []any
	for _, m := range members {
		p := resource.Map{"member": shown(m.name), "role": concepts(words(m.role)), "onBehalfOf": organisation(m.of)}
		participants = append(participants, p)
	}
	r := resource.Map{
		"status": "active", "name": name, "period": resource.Map{"start": since}, "participant": participants,
		"managingOrganization": []any{organisation(f.partner)},
	}
	if len(members) > 0 && members[0].phone != "" {
		r["telecom"] = []any{resource.Map{"system": "phone", "value": members[0].phone, "use": "work"}}
	}
	f.add("CareTeam", since, r)
}
