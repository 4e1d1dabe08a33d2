package main

import (
	"fmt"
	"os"

	"example.org/icr/care/access"
)

// labels are the list of sensitive codes that ships, with the deployer's own
// lines. Nothing can be taken off it.
func (p programme) labels() (*access.Labels, error) {
	path := p.Programme.Sensitive
	if path == "" {
		return access.ShippedLabels(), nil
	}
	fail := func(err error) error {
		line := (&checker{root: p.root}).line("programme", "sensitive")
		return fmt.Errorf("line %d: sensitive: %w", line, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fail(err)
	}
	defer file.Close()
	labels, err := access.ShippedLabels().With(file)
	if err != nil {
		return nil, fail(err)
	}
	return labels, nil
}
