package demo

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Ports are the ports of a demonstration, counted from one.
type Ports struct{ Viewer, Ops, Provider, Demographics, Postgres, Council, EHR, Partners int }

// DefaultPort is the viewer's port where none is chosen.
const DefaultPort = 8080

// lastOffset is how far the last partner's port lies from the first port.
const lastOffset = 17

// PortsFrom derives all ports from the viewer's.
func PortsFrom(viewer int) (Ports, error) {
	if viewer < 1 || viewer+lastOffset > 65535 {
		return Ports{}, fmt.Errorf("port %d: choose one from 1 to %d, since the %d after it are needed too", viewer, 65535-lastOffset, lastOffset)
	}
	return Ports{viewer, viewer + 1, viewer + 2, viewer + 3, viewer + 4, viewer + 5, viewer + 6, viewer + 10}, nil
}

func local(port int) string   { return "localhost:" + strconv.Itoa(port) }
func address(port int) string { return "http://" + local(port) }

// uses says what each port is for, in order.
func (p Ports) uses() []use {
	all := []use{
		{p.Viewer, "the viewer"},
		{p.Ops, "its health and metrics"},
		{p.Provider, "the identity provider"},
		{p.Demographics, "the demographics service"},
		{p.Postgres, "PostgreSQL"},
		{p.Council, "the council's identity provider"},
		{p.EHR, "a hospital's own system"},
	}
	for i, partner := range partners {
		all = append(all, use{p.Partners + i, partner.Name})
	}
	return all
}

type use struct {
	port int
	what string
}

// check says which ports are taken, all of them at once, and what to do.
func (p Ports) check() error {
	var taken []string
	for _, u := range p.uses() {
		if err := free(u.port); err != nil {
			taken = append(taken, fmt.Sprintf("port %d (for %s) %v", u.port, u.what, err))
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return fmt.Errorf("%s.\nStop what uses it, or take other ports: make demo PORT=%d", strings.Join(taken, "\n"), p.elsewhere())
}

// elsewhere is another first port to suggest.
func (p Ports) elsewhere() int {
	if other := p.Viewer + 10000; other+lastOffset <= 65535 {
		return other
	}
	return DefaultPort
}

// free reports what speaks against listening on a port of loopback. A browser
// that is sent to localhost may try either protocol, so both must be free.
func free(port int) error {
	for _, host := range []string{"127.0.0.1", "::1"} {
		at := net.JoinHostPort(host, strconv.Itoa(port))
		if conn, err := net.DialTimeout("tcp", at, time.Second); err == nil {
			conn.Close()
			return errors.New("is taken")
		}
		l, err := net.Listen("tcp", at)
		switch {
		case err == nil:
			l.Close()
		case errors.Is(err, syscall.EADDRINUSE):
			return errors.New("is taken")
		case host == "127.0.0.1":
			return fmt.Errorf("cannot be used: %w", err)
		}
	}
	return nil
}
