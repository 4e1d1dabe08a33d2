package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// proxyOf is the host and port of a proxy's address.
func proxyOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Port() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return "", errors.New("a proxy's address is like http://proxy.example:3128")
	}
	return u.Host, nil
}

// reach connects to address, through the proxy if there is one. The proxy sees
// the address alone: what is secured within the tunnel, it only passes on.
func (d *dialer) reach(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy == "" {
		return dial(ctx, network, address, false)
	}
	c, err := dial(ctx, network, d.proxy, false)
	if err != nil {
		return nil, fmt.Errorf("the proxy cannot be reached: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	err = tunnel(c, address)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// tunnel asks a proxy to pass on everything from here.
func tunnel(c net.Conn, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if err := req.Write(c); err != nil {
		return fmt.Errorf("asking the proxy: %w", err)
	}
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, req)
	switch {
	case err != nil:
		return fmt.Errorf("the proxy's answer: %w", err)
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("the proxy refused with status %d", res.StatusCode)
	case r.Buffered() > 0:
		return errors.New("the proxy spoke before it was spoken to")
	}
	return nil
}
