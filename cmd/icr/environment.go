package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// environment reads settings and collects what is wrong with them, so that
// every fault is reported at once, by the name of its setting.
type environment struct {
	getenv func(string) string
	faults []error
}

func (e *environment) fault(name, format string, args ...any) {
	e.faults = append(e.faults, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
}

// err is all faults, or nil.
func (e *environment) err() error {
	if len(e.faults) == 0 {
		return nil
	}
	return fmt.Errorf("the configuration has %d fault(s):\n%w", len(e.faults), errors.Join(e.faults...))
}

func (e *environment) required(name string) string {
	value := e.getenv(name)
	if value == "" {
		e.fault(name, "is not set")
	}
	return value
}

func (e *environment) address(name string) string {
	value := e.required(name)
	if _, _, err := net.SplitHostPort(value); value != "" && err != nil {
		e.fault(name, "must be host:port, like localhost:8080")
	}
	return value
}

func (e *environment) publicURL(name string) string {
	value := strings.TrimSuffix(e.required(name), "/")
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "") {
		e.fault(name, "must be an address without a path, like https://icr.example.nhs.uk")
	}
	return value
}

func (e *environment) database(name string) string {
	value := e.required(name)
	if u, err := url.Parse(value); value != "" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql") {
		e.fault(name, "must be a postgres:// address") // never quoted: it holds a password
	}
	return value
}

// file returns the text of the file that a setting names.
func (e *environment) file(name string) string {
	path := e.required(name)
	if path == "" {
		return ""
	}
	return e.readFile(name, path)
}

func (e *environment) readFile(name, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		e.fault(name, "%v", err)
	}
	return string(text)
}

// secret returns at least 32 bytes from a file of hex or base64 text.
func (e *environment) secret(name string) []byte {
	text := e.file(name)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	secret, err := parseSecret(text)
	if err != nil {
		e.fault(name, "%v", err)
	}
	return secret
}

// parseSecret never quotes what it reads.
func parseSecret(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	secret, err := hex.DecodeString(text)
	if err != nil {
		secret, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(secret) < 32 {
		return nil, errors.New("the file must hold at least 32 random bytes as hex or base64: `openssl rand -hex 32` makes them")
	}
	return secret, nil
}

// networks are the addresses and networks that a setting lists; it may be
// empty.
func (e *environment) networks(name string) (all []*net.IPNet) {
	for _, one := range strings.Split(e.getenv(name), ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if ip := net.ParseIP(one); ip != nil {
			one += "/128"
			if ip.To4() != nil {
				one = strings.TrimSuffix(one, "/128") + "/32"
			}
		}
		_, network, err := net.ParseCIDR(one)
		if err != nil {
			e.fault(name, "%q is neither an address nor a network like 10.1.2.0/24", one)
			continue
		}
		if ones, _ := network.Mask.Size(); ones == 0 {
			e.fault(name, "%q is everybody: then anybody could say where they come from", one)
			continue
		}
		all = append(all, network)
	}
	return all
}
