package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/demo/fhirserver"
	"example.org/icr/demo/spine"
	"example.org/icr/demo/town"
)

// load returns the town of the stories, with the people of the bundles added
// where a folder of them is named.
func (d *demonstration) load() (*town.Town, error) {
	if d.Bundles == "" {
		return town.Stories()
	}
	return town.Load(d.Bundles)
}

func (d *demonstration) startDemographics(context.Context) (string, error) {
	log, err := d.openLog(d.state.demographics())
	if err != nil {
		return "", err
	}
	service := spine.New(d.town)
	service.Log = log
	said := "a demographics service at " + address(d.ports.Demographics)
	return said, d.servers.serve(d.ports.Demographics, http.StripPrefix(demographicsPath, service))
}

// startPartners gives each partner an address of its own; the practices share
// one, as they would behind a national gateway.
func (d *demonstration) startPartners(context.Context) (string, error) {
	routes := make([]*http.ServeMux, len(partners))
	var making sync.WaitGroup
	for i, entry := range partners {
		routes[i] = http.NewServeMux()
		organisations := entry.Practices
		if entry.Kind != record.Practice {
			organisations = []organisation{entry.organisation}
		}
		logs, err := d.openLogs(organisations)
		if err != nil {
			return "", err
		}
		making.Go(func() {
			for k, o := range organisations {
				prefix := entry.pathOf(o.Code)
				served := d.state.stoppable(o.Code, http.StripPrefix(prefix, d.partner(o.Code, logs[k])))
				routes[i].Handle(prefix, served) // a batch is sent to the address itself
				routes[i].Handle(prefix+"/", served)
			}
		})
	}
	making.Wait()
	for i, entry := range partners {
		if err := d.servers.serve(d.ports.Partners+i, routes[i]); err != nil {
			return "", fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
	return fmt.Sprintf("%d partners at %s and on", len(partners), address(d.ports.Partners)), nil
}

func (d *demonstration) partner(code nhs.ODSCode, log io.Writer) http.Handler {
	return fhirserver.New(fhirserver.Config{Records: d.town.Records[code], Behaviour: d.town.Behaviour[code], Log: log})
}

func (d *demonstration) openLogs(organisations []organisation) ([]*os.File, error) {
	var logs []*os.File
	for _, o := range organisations {
		log, err := d.openLog(d.state.log(o.Code))
		if err != nil {
			return nil, err
		}
		logs = append(logs, log)
	}
	return logs, nil
}

// openLog opens a log that is closed when everything has stopped.
func (d *demonstration) openLog(path string) (*os.File, error) {
	log, err := openLog(path)
	if err == nil {
		d.logs = append(d.logs, log)
	}
	return log, err
}
