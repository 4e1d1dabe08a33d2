package bench

import (
	"fmt"
	"io"
	"testing"
	"text/tabwriter"
	"time"
)

// measured is one figure beside its goal, which it must not exceed.
type measured struct {
	number, what string
	value, goal  float64
}

var (
	figures []measured
	notes   [][2]string
)

// figure reports a figure, now and in the table at the end. A goal that is
// missed fails nothing: the machine may have been busy.
func figure(b *testing.B, number, what, unit string, value, goal float64) {
	b.ReportMetric(value, unit)
	figures = append(figures, measured{number, what, value, goal})
}

// note keeps an absolute figure for the end.
func note(about, format string, values ...any) {
	notes = append(notes, [2]string{about, fmt.Sprintf(format, values...)})
}

func printFigures(out io.Writer) {
	if len(figures) == 0 {
		return
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	for _, n := range notes {
		fmt.Fprintf(t, "%s\t%s\n", n[0], n[1])
	}
	t.Flush()
	fmt.Fprintf(t, "\ngoal\t\tmeasured\tat most\t\n")
	for _, f := range figures {
		verdict := "met"
		if f.value > f.goal {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%g\t%s\n", f.number, f.what, f.value, f.goal, verdict)
	}
	t.Flush()
	fmt.Fprintf(out, "\n%.0f s\n", time.Since(began).Seconds())
}
