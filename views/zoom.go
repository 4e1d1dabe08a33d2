package views

import (
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/record"
	"example.org/icr/views/ui"
)

// mostUndated is how many events without a date stand below those of a time.
const mostUndated = 20

// zoomed is p with the part of time that it shows. All years where they fit on
// one page; else this year, or the last one before it in which anything
// happened.
func (p TimelinePage) zoomed(dated []happening) TimelinePage {
	if p.All || p.Undated || p.Year != 0 || len(dated) <= EventsPerList {
		p.All = p.All || p.Year == 0 && !p.Undated
		return p
	}
	all := years(dated)
	p.Year = all[len(all)-1]
	for _, year := range all {
		if year <= p.Now.Year() {
			p.Year = year
			break
		}
	}
	return p
}

// within are the events of the page's year, or all.
func (p TimelinePage) within(dated []happening) []happening {
	if p.Year == 0 {
		return dated
	}
	return slices.DeleteFunc(slices.Clone(dated), func(h happening) bool { return yearOf(h) != p.Year })
}

// inMonth are the events that the list tells, page by page: of the year, those of
// a month where one is chosen.
func (p TimelinePage) inMonth(within []happening) []happening {
	if p.Month == 0 {
		return within
	}
	return slices.DeleteFunc(slices.Clone(within), func(h happening) bool { return h.when.Time().Month() != p.Month })
}

// listed are those on this page of the list.
func (p TimelinePage) listed(told []happening) []happening {
	from := begins(p.From, len(told), EventsPerList)
	return told[from:min(from+EventsPerList, len(told))]
}

func (p TimelinePage) path() string { return "/record/" + p.Ref + "/timeline" }

func (p TimelinePage) yearHref(year int) string { return p.path() + "?year=" + strconv.Itoa(year) }

func (p TimelinePage) monthHref(month time.Month) string {
	return p.yearHref(p.Year) + "&month=" + strconv.Itoa(int(month))
}

// zoomHref is the address of the part of time that the page shows.
func (p TimelinePage) zoomHref() string {
	switch {
	case p.Undated:
		return p.path() + "?year=undated"
	case p.Year == 0:
		return p.path() + "?year=all"
	case p.Month != 0:
		return p.monthHref(p.Month)
	}
	return p.yearHref(p.Year)
}

func (p TimelinePage) pages(told []happening) ui.Pages {
	return ui.Pages{
		Current: begins(p.From, len(told), EventsPerList)/EventsPerList + 1, Last: (len(told) + EventsPerList - 1) / EventsPerList,
		Href: func(page int) string { return p.zoomHref() + "&page=" + strconv.Itoa(page) },
	}
}

// zoomLink leads to a part of time, with how many events it has.
type zoomLink struct {
	words, href string
	events      int
	here        bool
}

// zooms lead to all years, to each of them, and to what has no date.
func (p TimelinePage) zooms(dated, undated []happening) []zoomLink {
	links := []zoomLink{{"All years", p.path() + "?year=all", len(dated), p.All}}
	for _, year := range years(dated) {
		links = append(links, zoomLink{strconv.Itoa(year), p.yearHref(year), countIf(dated, func(h happening) bool { return yearOf(h) == year }), p.Year == year})
	}
	if len(undated) > mostUndated {
		links = append(links, zoomLink{"Date not known", p.path() + "?year=undated", len(undated), p.Undated})
	}
	return links
}

// months lead to those of the year, where they do not fit on one page.
func (p TimelinePage) months(within []happening) []zoomLink {
	if p.Year == 0 || len(within) <= EventsPerList {
		return nil
	}
	links := []zoomLink{{"All " + strconv.Itoa(p.Year), p.yearHref(p.Year), len(within), p.Month == 0}}
	for m := time.December; m >= time.January; m-- {
		if n := countIf(within, func(h happening) bool { return h.when.Time().Month() == m }); n > 0 {
			links = append(links, zoomLink{m.String(), p.monthHref(m), n, p.Month == m})
		}
	}
	return links
}

func countIf(all []happening, is func(happening) bool) (n int) {
	for _, h := range all {
		if is(h) {
			n++
		}
	}
	return n
}

// timelineTitle says which part of time the page shows.
func timelineTitle(p TimelinePage) string {
	switch {
	case p.Undated:
		return "Timeline, date not known"
	case p.Month != 0:
		return "Timeline, " + p.Month.String() + " " + strconv.Itoa(p.Year)
	case p.Year != 0:
		return "Timeline, " + strconv.Itoa(p.Year)
	}
	return "Timeline"
}

func nothingHappened(p TimelinePage) string {
	switch {
	case p.Month != 0:
		return "Nothing dated in " + p.Month.String() + " " + strconv.Itoa(p.Year) + " has been received."
	case p.Year != 0:
		return "Nothing dated in " + strconv.Itoa(p.Year) + " has been received."
	}
	return "Nothing with a date has been received."
}

// listExtent says how many of the events are listed, of how many in all.
func listExtent(p TimelinePage, told []happening, all int) string {
	words, listed := counted(len(told), "event"), p.listed(told)
	if len(listed) < len(told) {
		from := begins(p.From, len(told), EventsPerList)
		words = "Events " + strconv.Itoa(from+1) + " to " + strconv.Itoa(from+len(listed)) + " of " + strconv.Itoa(len(told))
	}
	switch {
	case p.Undated:
		return words + " without a date."
	case p.Month != 0:
		words += " in " + p.Month.String() + " " + strconv.Itoa(p.Year)
	case p.Year != 0:
		words += " in " + strconv.Itoa(p.Year)
	}
	if len(told) < all {
		words += ", of " + strconv.Itoa(all) + " in all years"
	}
	return words + ". Newest first."
}

// shownResults is how many lines of one event stand open. What is out of range
// always does.
const shownResults = 8

// folded parts the lines of an event into those that stand open and those that
// open.
func folded(lines []record.Line) (open, rest []record.Line) {
	if len(lines) <= shownResults+3 { // fewer are not worth a click
		return lines, nil
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b record.Line) int { return rankAbnormal(a) - rankAbnormal(b) })
	at := shownResults
	for at < len(sorted) && rankAbnormal(sorted[at]) == 0 {
		at++
	}
	return sorted[:at], sorted[at:]
}

func rankAbnormal(l record.Line) int {
	if l.Lead().Abnormal {
		return 0
	}
	return 1
}
