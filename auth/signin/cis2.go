package signin

import (
	"reflect"
	"slices"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/nhs"
)

// cis2 reads NHS CIS2: national RBAC roles, each in one organisation. Where the
// user has chosen a role at the provider, that one alone counts.
func cis2(i Issuer, id, info claims) []auth.Post {
	var posts []auth.Post
	for _, held := range info.objects("nhsid_nrbac_roles") {
		post, ok := cis2Post(held, i.Roles)
		again := func(p auth.Post) bool { return reflect.DeepEqual(p, post) }
		if ok && chosenAtCIS2(id, post) && chosenAtCIS2(info, post) && !slices.ContainsFunc(posts, again) {
			posts = append(posts, post)
		}
	}
	return posts
}

func cis2Post(held claims, roles map[string]auth.Role) (auth.Post, bool) {
	code := lastSegment(held.text("role_code"))
	role, known := roles[code]
	organisation, err := nhs.ParseODSCode(held.text("org_code"))
	return auth.Post{
		Role: role, RoleCode: code, RoleName: roleName(held.words("role_name")), RoleID: held.text("person_roleid"),
		Organisation: organisation, Teams: held.texts("workgroups"),
	}, known && err == nil
}

func chosenAtCIS2(c claims, p auth.Post) bool {
	return !c.has("selected_roleid") || p.RoleID != "" && p.RoleID == c.text("selected_roleid")
}

// lastSegment is the job role of "S8000:G8000:R8001".
func lastSegment(code string) string { return code[strings.LastIndexByte(code, ':')+1:] }

// roleName is the last part of `"Clinical":"Clinical Provision":"Nurse"`.
func roleName(s string) string {
	parts := strings.Split(s, `":"`)
	return strings.Trim(parts[len(parts)-1], `"`)
}
