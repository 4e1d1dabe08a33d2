package source

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"example.org/icr/care/partner"
)

// neverDialled are addresses at which no partner can be, besides those that
// are local to a link, unspecified or shared by many: what clouds put their
// metadata services at, and ranges that are nobody's.
var neverDialled = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("192.0.0.0/24"),       // Oracle
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure
	netip.MustParsePrefix("fd00:ec2::/32"),      // Amazon
}

// nat64 leads to the IPv4 address in its last 32 bits.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// mayDial reports whether addr may be connected to for a partner configured by
// the name host. This machine only answers where it is named as such, and
// nothing else is spoken to in plain text.
func mayDial(host string, addr netip.Addr, plain bool) bool {
	addr = addr.Unmap()
	if nat64.Contains(addr) {
		last := addr.As16()
		addr = netip.AddrFrom4([4]byte(last[12:]))
	}
	if addr.IsLoopback() || plain {
		return addr.IsLoopback() && thisMachine(host)
	}
	return addr.IsGlobalUnicast() && !slices.ContainsFunc(neverDialled, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// hostPort is where an https address is dialled.
func hostPort(u *url.URL) string {
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))
}

func thisMachine(host string) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, host)
}

// dial connects to where a configured name leads, if that may be connected to:
// it is looked at after the name was resolved, so that no name can lead astray.
func dial(ctx context.Context, network, address string, plain bool) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: connectWithin, KeepAlive: 30 * time.Second, Control: func(_, resolved string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(resolved)
		if err != nil || !mayDial(host, to.Addr(), plain) {
			return fmt.Errorf("%w: %s", partner.ErrNotAllowed, host)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}
