package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/icr/care/nhs"
	"go.yaml.in/yaml/v3"
)

// place is where one practice of a directory file is reached.
type place struct{ url, asid string }

// listed is one line of a directory file.
type listed struct {
	Code  string `yaml:"code"`
	Name  string `yaml:"name"`
	URL   string `yaml:"url"`
	Phone string `yaml:"phone"`
	ASID  string `yaml:"asid"`
}

// readDirectories adds to each entry for GP practices those of its directory
// file. Its error names every fault, with the line of the entry and of the
// directory.
func (p *programme) readDirectories() error {
	c, taken := checker{root: p.root}, map[string]bool{p.Programme.Code: true}
	for _, o := range p.everyone() {
		taken[o.Code] = true
	}
	for i := range p.Partners {
		e := &p.Partners[i]
		if e.DirectoryFile == "" {
			continue
		}
		e.places = map[string]place{}
		err := readDirectory(e.DirectoryFile, func(l listed) error { return e.take(l, taken) })
		if err == nil && len(e.places) == 0 {
			err = errors.New("it lists no practice")
		}
		if err != nil {
			c.fault([]any{"partners", i, "directory_file"}, "%s: %v", e.DirectoryFile, err)
		}
	}
	return errors.Join(c.faults...)
}

// readDirectory hands each line to take. Its error names the lines of all that
// are not taken.
func readDirectory(name string, take func(listed) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return csvDirectory(file, take)
	case ".yaml", ".yml":
		return yamlDirectory(file, take)
	}
	return errors.New("a directory is a .csv or a .yaml file")
}

func csvDirectory(file io.Reader, take func(listed) error) error {
	_, err := readLines(file, []string{"code", "name"}, func(fields map[string]string) (struct{}, error) {
		for name := range fields {
			if !slices.Contains([]string{"code", "name", "url", "phone", "asid"}, name) {
				return struct{}{}, fmt.Errorf("the column %s is not known; the columns are code, name, url, phone, asid", name)
			}
		}
		return struct{}{}, take(listed{fields["code"], fields["name"], fields["url"], fields["phone"], fields["asid"]})
	})
	return err
}

func yamlDirectory(file io.Reader, take func(listed) error) error {
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	var lines []yaml.Node
	if err := yaml.Unmarshal(text, &lines); err != nil {
		return plainWords(err)
	}
	var all []listed
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil && !errors.Is(err, io.EOF) {
		return plainWords(err)
	}
	var faults []error
	for i, l := range all {
		if err := take(l); err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", lines[i].Line, err))
		}
	}
	return errors.Join(faults...)
}

// take adds a practice to the entry, if it can be used.
func (e *partnerEntry) take(l listed, taken map[string]bool) error {
	if err := e.check(l, taken); err != nil {
		return err
	}
	code, err := nhs.ParseODSCode(l.Code)
	if err != nil {
		return err
	}
	taken[string(code)] = true
	e.Practices = append(e.Practices, organisation{Code: string(code), Name: l.Name, Kind: e.Kind, Phone: l.Phone})
	e.places[string(code)] = place{strings.ReplaceAll(l.URL, "{ods}", string(code)), l.ASID}
	return nil
}

func (e *partnerEntry) check(l listed, taken map[string]bool) error {
	code, err := nhs.ParseODSCode(l.Code)
	if err != nil {
		return err
	}
	switch {
	case taken[string(code)]:
		return fmt.Errorf("the code %s is used already", code)
	case l.Name == "":
		return errors.New("name is missing")
	case e.Ask == gpConnect && !asid.MatchString(l.ASID):
		return errors.New("asid: GP Connect is asked with the ASID of the practice’s system, of digits")
	case l.URL == "" && e.URL == "":
		return errors.New("url is missing, here and in the entry")
	case l.URL == "":
		return nil
	}
	c := checker{root: &yaml.Node{}}
	c.address(nil, strings.ReplaceAll(l.URL, "{ods}", string(code)))
	if len(c.faults) > 0 {
		return fmt.Errorf("%q is not an address that may be asked: https, or http on this machine", l.URL)
	}
	if u, err := url.Parse(l.URL); err == nil && !onThisMachine(u) && !e.proves() {
		return errors.New("nothing proves to this practice who asks: the entry needs bearer_file, oauth, assert, or tls with cert_file")
	}
	return nil
}
