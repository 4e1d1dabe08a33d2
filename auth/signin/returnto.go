package signin

import (
	"net/url"
	"path"
	"strings"
)

// returnTo passes an address that cannot lead out of this service or back into
// signing in and out; anything else becomes "/". It refuses whatever browsers,
// proxies and routers are known to read differently, encoded or not.
func returnTo(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > 512 || strings.ContainsFunc(s, awkward) || strings.ContainsFunc(u.Path, awkward) {
		return "/"
	}
	if !strings.HasPrefix(s, "/") || u.IsAbs() || u.Host != "" || u.User != nil || !plain(u.Path) {
		return "/"
	}
	for _, ours := range []string{"/signin", "/signout", "/signed-out", "/backchannel-logout", "/launch"} {
		if u.Path == ours || strings.HasPrefix(u.Path, ours+"/") {
			return "/"
		}
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

func awkward(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }

// plain reports whether a path has no empty or dotted segment.
func plain(p string) bool { return path.Clean(p) == p || path.Clean(p)+"/" == p }
