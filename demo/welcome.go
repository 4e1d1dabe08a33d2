package demo

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"example.org/icr/demo/provider"
)

// shown is how many people of the town, and how many lines of what was left
// out, the welcome shows.
const shown = 6

// welcome tells how to use what runs.
func (d *demonstration) welcome() {
	fmt.Fprintf(d.Out, "\nThe integrated care record is at  %s\n\nSign in as one of these:\n\n", address(d.ports.Viewer))
	table := tabwriter.NewWriter(d.Out, 0, 0, 2, ' ', 0)
	for _, u := range provider.Staff {
		fmt.Fprintf(table, "  %s\t%s\n", u.Name, strings.TrimSuffix(u.Job+", "+u.Organisations(), ", "))
	}
	fmt.Fprint(table, "\nand look up people such as these:\n\n")
	people := inhabitants(d.town.People)
	for _, i := range people[:min(shown, len(people))] {
		fmt.Fprintf(table, "  %s\t%s\t%s\tas %s: %s\n", spaced(i.NHSNumber), i.Name, born(i.BirthDate), i.User, i.Story)
	}
	table.Flush()
	fmt.Fprintf(d.Out, "\nOr open it from a hospital's own system, as %s:  %s\n", ehrUser, address(d.ports.EHR))
	if rest := len(people) - shown; rest > 0 {
		fmt.Fprintf(d.Out, "\n%d more people are listed by: %s\n", rest, d.peopleCommand())
	}
	d.tellLeftOut()
	fmt.Fprintf(d.Out, "\nThe log is %s. Ctrl-C ends it all.\n", d.state.viewerLog())
}

func (d *demonstration) peopleCommand() string {
	command := "bin/icr-demo people"
	if d.Port != DefaultPort {
		command += fmt.Sprintf(" -port %d", d.Port)
	}
	return command
}

// tellLeftOut says what of the bundles could not be used.
func (d *demonstration) tellLeftOut() {
	if len(d.town.LeftOut) == 0 {
		return
	}
	fmt.Fprintln(d.Out, "\nLeft out of the bundles:")
	for _, line := range d.town.LeftOut[:min(shown, len(d.town.LeftOut))] {
		fmt.Fprintln(d.Out, "  "+line)
	}
	if rest := len(d.town.LeftOut) - shown; rest > 0 {
		fmt.Fprintf(d.Out, "  and %d more, listed in %s\n", rest, d.state.leftOut())
	}
	if err := write(d.state.leftOut(), []byte(strings.Join(d.town.LeftOut, "\n")+"\n")); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
