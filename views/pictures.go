package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/privacy"
	"example.org/icr/views/chart"
)

// PicturesPage are the accesses of four weeks as pictures, with their tables.
type PicturesPage struct {
	Frame
	audit.Pictures
	Names map[nhs.ODSCode]string
	Reach string
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func (p PicturesPage) days() (days []time.Time, words []string) {
	for d := p.From; d.Before(p.Until); d = d.AddDate(0, 0, 1) {
		days, words = append(days, d), append(words, d.Format("02-Jan-2006"))
	}
	return days, words
}

// mostSeries is how many series a picture draws; the others are one together.
const mostSeries = 10

// columns draws tallies, the largest series first.
func (p PicturesPage) columns(id, title string, tallies []audit.Tally, name func(string) string) chart.Columns {
	days, words := p.days()
	at := map[string]int{}
	for i, d := range days {
		at[d.Format(time.DateOnly)] = i
	}
	totals := map[string]int{}
	for _, t := range tallies {
		totals[t.What] += t.N
	}
	var order []string
	for what := range totals {
		order = append(order, what)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	c := chart.Columns{ID: id, Title: title, Desc: "Looks on each of " + strconv.Itoa(len(days)) + " days. The table below has the numbers.", Days: words}
	lane := map[string]int{}
	for i, what := range order {
		if i >= mostSeries {
			lane[what] = mostSeries
			continue
		}
		lane[what] = i
		c.Series = append(c.Series, name(what))
	}
	if len(order) > mostSeries {
		c.Series = append(c.Series, "All others ("+strconv.Itoa(len(order)-mostSeries)+")")
	}
	for range c.Series {
		c.Counts = append(c.Counts, make([]int, len(days)))
	}
	for _, t := range tallies {
		if day, ok := at[t.Day.Format(time.DateOnly)]; ok {
			c.Counts[lane[t.What]][day] += t.N
		}
	}
	return c
}

func (p PicturesPage) grounds() chart.Columns {
	return p.columns("grounds", "Looks by ground", p.Grounds, func(ground string) string { return cmp.Or(wordsOf(groundChoices(), ground), ground, "No ground") })
}

func (p PicturesPage) organisations() chart.Columns {
	return p.columns("organisations", "Looks by organisation", p.Organisations, func(code string) string { return short(cmp.Or(p.Names[nhs.ODSCode(code)], code)) })
}

func (p PicturesPage) hours() chart.Heat {
	h := chart.Heat{ID: "hours", Title: "Looks by weekday and hour", Desc: "How many looks began in each hour of each weekday, in London time. The table below has the numbers.", Rows: weekdays}
	for hour := range 24 {
		h.Columns = append(h.Columns, fmt.Sprintf("%02d", hour))
	}
	for day := range p.Hours {
		h.Counts = append(h.Counts, p.Hours[day][:])
	}
	return h
}

func (p PicturesPage) alerts() chart.Heat {
	h := chart.Heat{ID: "alerts", Title: "Alerts by rule and outcome", Desc: "How many alerts of each rule stand so. The table below has the numbers."}
	column := map[string]int{}
	for i, s := range privacy.States {
		column[string(s.State)] = i
		h.Columns = append(h.Columns, s.State.Words())
	}
	row := map[string]int{}
	for _, a := range p.Alerts {
		i, known := row[a.Rule]
		if !known {
			i = len(h.Rows)
			row[a.Rule] = i
			h.Rows, h.Counts = append(h.Rows, privacy.RuleWords(privacy.Name(a.Rule))), append(h.Counts, make([]int, len(h.Columns)))
		}
		h.Counts[i][column[a.State]] += a.N
	}
	return h
}

// outOfHours counts the looks at night, from 20 to 7, and at weekends.
func (p PicturesPage) outOfHours() (out, all int) {
	for day, hours := range p.Hours {
		for hour, n := range hours {
			all += n
			if day > 4 || hour < 7 || hour >= 20 {
				out += n
			}
		}
	}
	return out, all
}

func sum(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
