package web_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/partner/partnertest"
)

// A flood from one address is held off, with a plain page; the same address,
// which may be a hospital's, gets in again within seconds, and other addresses
// never notice. What stands in a header counts only where a proxy of ours wrote
// it.
func TestFloodsOfSignIns(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	now := time.Now()
	w.web.Now = func() time.Time { return now }
	_, proxy, _ := net.ParseCIDR("10.9.0.0/24")
	direct := w.web.Handler()
	w.web.Proxies = []*net.IPNet{proxy}
	proxied := w.web.Handler()
	ask := func(to http.Handler, method, path, from, forwarded string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader("logout_token=forged"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = net.JoinHostPort(from, "1234")
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		rec := httptest.NewRecorder()
		to.ServeHTTP(rec, r)
		return rec
	}
	flood := func(to http.Handler, method, path, from, forwarded string, most int) (n int) {
		t.Helper()
		for ; ask(to, method, path, from, forwarded).Code != http.StatusTooManyRequests; n++ {
			if n > most {
				t.Fatalf("%s %s: %d requests at once", method, path, n)
			}
		}
		return n
	}
	if n := flood(direct, "GET", "/signin/callback/none", "192.0.2.1", "", 1000); n < 500 { // a hospital's shift
		t.Errorf("only %d sign-ins at once", n)
	}
	p := ask(direct, "GET", "/signin", "192.0.2.1", "203.0.113.7")
	if p.Code != http.StatusTooManyRequests || p.Header().Get("Retry-After") == "" || !strings.Contains(p.Body.String(), "Nothing is locked") {
		t.Errorf("a header of the client's own: %d %s", p.Code, p.Body)
	}
	for _, path := range []string{"/signin/callback/cis2", "/signin?login_hint=ed.nurse", "/launch?iss=x&launch=y"} {
		if p := ask(direct, "GET", path, "192.0.2.1", ""); p.Code != http.StatusTooManyRequests {
			t.Errorf("%s: %d", path, p.Code)
		}
	}
	if p := ask(direct, "GET", "/signin", "192.0.2.2", ""); p.Code != http.StatusOK {
		t.Errorf("another address: %d", p.Code)
	}
	flood(direct, "POST", "/backchannel-logout", "2001:db8::1", "", 200)
	if p := ask(direct, "POST", "/backchannel-logout", "2001:db8::2", ""); p.Code != http.StatusTooManyRequests {
		t.Errorf("another address of one network: %d", p.Code)
	}
	if p := ask(proxied, "POST", "/backchannel-logout", "10.9.0.3", "2001:db8::1, 2001:db8:1::1"); p.Code != http.StatusBadRequest {
		t.Errorf("the hop before our proxy is another: %d", p.Code)
	}
	if p := ask(proxied, "GET", "/signin", "10.9.0.3", "192.0.2.2, 192.0.2.1"); p.Code != http.StatusTooManyRequests {
		t.Errorf("the flood through our proxy: %d", p.Code)
	}
	now = now.Add(5 * time.Second)
	if p := ask(direct, "GET", "/signin", "192.0.2.1", ""); p.Code != http.StatusOK {
		t.Errorf("after five seconds: %d", p.Code)
	}
	if p := ask(direct, "POST", "/backchannel-logout", "2001:db8::1", ""); p.Code != http.StatusBadRequest {
		t.Errorf("a logout after five seconds: %d", p.Code)
	}
	for i := range 12_000 { // an attacker with very many addresses
		w.web.Bucket(fmt.Sprintf("198.18.%d.%d", i/256, i%256))
	}
	if n := w.web.Buckets(); n > 10_000 {
		t.Errorf("%d buckets are kept", n)
	}
	if n := len(w.trail()); n != 0 {
		t.Errorf("%d events of strangers on the trail", n)
	}
}
