package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// member is one line of a file of practices.
type member struct {
	code  nhs.ODSCode
	area  string
	terms access.Term
}

// readPractices adds the practices of practices_file that are in the areas. Its
// error names every line that cannot be read.
func (p *programme) readPractices() error {
	file := p.Programme.PracticesFile
	if file == "" {
		return nil
	}
	c := checker{root: p.root}
	if err := p.takePractices(file); err != nil {
		c.fault([]any{"programme", "practices_file"}, "%s: %v", file, err)
	}
	return errors.Join(c.faults...)
}

func (p *programme) takePractices(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	all, err := readMembers(file, p.Programme.Areas)
	if err != nil {
		return err
	}
	p.members = map[nhs.ODSCode]access.Term{}
	areas := map[string]bool{}
	for _, m := range all {
		areas[m.area] = true
		if len(p.Programme.Areas) > 0 && !slices.Contains(p.Programme.Areas, m.area) {
			continue
		}
		if _, twice := p.members[m.code]; twice {
			return fmt.Errorf("the practice %s is there twice", m.code)
		}
		p.members[m.code] = m.terms
	}
	for _, area := range p.Programme.Areas {
		if !areas[area] {
			return fmt.Errorf("no practice is in the area %q", area)
		}
	}
	if len(p.members) == 0 {
		return errors.New("it names no practice")
	}
	return nil
}

// readMembers reads a CSV file with the columns code, area, from and until, of
// which only the first must be there, or the national file of practices.
func readMembers(file io.Reader, areas []string) ([]member, error) {
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if strings.Count(first, ",") >= nationalColumns-1 && !strings.Contains(strings.ToLower(first), "code") {
		if len(areas) == 0 {
			return nil, errors.New("this is the national file, with the practices of all England: say in areas which of them are included")
		}
		return readNational(string(text))
	}
	return readLines(strings.NewReader(string(text)), []string{"code"}, func(f map[string]string) (member, error) {
		for name := range f {
			if !slices.Contains([]string{"code", "name", "area", "from", "until"}, name) {
				return member{}, fmt.Errorf("the column %s is not known; the columns are code, name, area, from, until", name)
			}
		}
		return memberOf(f["code"], f["area"], f["from"], f["until"], time.DateOnly)
	})
}

// The columns of epraccur.csv, the national file of practices of the
// Organisation Data Service: it has no header.
const (
	nationalColumns    = 27
	nationalCloses     = 11
	nationalCommission = 14
	nationalJoined     = 15
	nationalLeft       = 16
	nationalSetting    = 25
	generalPractice    = "4"
)

func readNational(text string) ([]member, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = nationalColumns
	var all []member
	var faults []error
	for n := 1; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, errors.Join(faults...)
		}
		if err != nil {
			return nil, err
		}
		if cells[nationalSetting] != generalPractice {
			continue // prisons, walk-in centres, hospices and the like
		}
		ends := cells[nationalLeft]
		if closes := cells[nationalCloses]; closes != "" && (ends == "" || closes < ends) {
			ends = closes
		}
		m, err := memberOf(cells[0], cells[nationalCommission], cells[nationalJoined], ends, "20060102")
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		all = append(all, m)
	}
}

func memberOf(code, area, from, until, layout string) (member, error) {
	ods, err := nhs.ParseODSCode(code)
	starts, startErr := midnight(from, layout)
	ends, endErr := midnight(until, layout)
	if startErr == nil && endErr == nil && !ends.IsZero() && ends.Before(starts) {
		err = errors.Join(err, errors.New("until is before from"))
	}
	if !ends.IsZero() {
		ends = ends.AddDate(0, 0, 1) // its last day counts
	}
	return member{ods, area, access.Term{From: starts, Until: ends}}, errors.Join(err, startErr, endErr)
}

// midnight is when a day begins in London; zero for none.
func midnight(day, layout string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(layout, day)
	if err != nil {
		return at, fmt.Errorf("%q is not a day like %s", day, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC).Format(layout))
	}
	return record.ParseDate(at.Format(time.DateOnly)).Time(), nil
}

// practiceIncluded reports whether a practice's patients are, or were or will
// be, in the programme.
func (p programme) practiceIncluded(code string) bool {
	_, dated := p.members[nhs.ODSCode(code)]
	return dated || slices.Contains(p.Programme.Practices, code)
}

// checkInclusion says who is included by the programme file: a dry run of what
// serving would do.
func checkInclusion(_ context.Context, getenv func(string) string, out io.Writer) error {
	e := &environment{getenv: getenv}
	text := e.file("ICR_PROGRAMME_FILE")
	if err := e.err(); err != nil {
		return err
	}
	p, err := parseProgramme(text)
	if err == nil {
		err = errors.Join(p.readPractices(), p.readDirectories())
	}
	if err != nil {
		return fmt.Errorf("ICR_PROGRAMME_FILE: %w", err)
	}
	p.printInclusion(out, time.Now())
	return nil
}

func (p programme) printInclusion(out io.Writer, now time.Time) {
	included := p.inclusion()
	var current, later, over []nhs.ODSCode
	for code, term := range p.members {
		switch {
		case term.Holds(now):
			current = append(current, code)
		case now.Before(term.From):
			later = append(later, code)
		default:
			over = append(over, code)
		}
	}
	for code := range included.Practices {
		current = append(current, code)
	}
	fmt.Fprintf(out, "Included are people of %d or over, registered with one of %d practice(s); after a death for %d days.\n",
		included.MinimumAge, len(current), p.Programme.DeceasedDays)
	fmt.Fprintf(out, "Areas: %s\n", cmp.Or(strings.Join(p.Programme.Areas, ", "), "all that the file names"))
	for words, codes := range map[string][]nhs.ODSCode{"Not yet": later, "No longer": over} {
		if slices.Sort(codes); len(codes) > 0 {
			fmt.Fprintf(out, "%s: %v\n", words, codes)
		}
	}
	for _, entry := range p.Partners {
		for _, m := range entry.members() {
			if record.Kind(entry.Kind) == record.Practice && !p.practiceIncluded(m.Code) {
				fmt.Fprintf(out, "%s %s supplies, and its patients are not included\n", m.Code, m.Name)
			}
		}
	}
}
