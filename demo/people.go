package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town"
)

// Inhabitant is one person of the town as `icr-demo people` lists them.
type Inhabitant struct {
	NHSNumber string `json:"nhs_number"`
	Name      string `json:"name"`
	BirthDate string `json:"birth_date"`
	Story     string `json:"story"`
	User      string `json:"user"` // whom to sign in as to see the story
}

func inhabitants(people []town.Person) []Inhabitant {
	list := make([]Inhabitant, len(people))
	for i, p := range people {
		list[i] = Inhabitant{p.NHSNumber.Digits(), p.Name, p.BirthDate, p.Story, p.User}
	}
	return list
}

// People lists the town of the demonstration that runs, or last ran, on a port
// with its state under dir, or else the town that is built in.
func People(dir string, port int) ([]Inhabitant, error) {
	text, err := os.ReadFile(stateOf(dir, port).people())
	if errors.Is(err, fs.ErrNotExist) {
		t, err := town.Stories()
		if err != nil {
			return nil, err
		}
		return inhabitants(t.People), nil
	}
	if err != nil {
		return nil, err
	}
	var list []Inhabitant
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("the list of people: %w", err)
	}
	return list, nil
}

// WriteJSON writes the list for programs.
func WriteJSON(w io.Writer, list []Inhabitant) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

// WriteTable writes the list for people.
func WriteTable(w io.Writer, list []Inhabitant) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NHS number\tBorn\tName\tSign in as\tStory")
	for _, i := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", spaced(i.NHSNumber), born(i.BirthDate), i.Name, i.User, i.Story)
	}
	return table.Flush()
}

func spaced(digits string) string {
	n, err := nhs.ParseNumber(digits)
	if err != nil {
		return digits
	}
	return n.Spaced()
}

func born(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return d.Format("2 Jan 2006")
}
