package chart

import (
	"strconv"
	"time"
)

// Kind is a kind of event, which has a shape of its own.
type Kind uint8

// The kinds of event.
const (
	Visit Kind = iota
	Referral
	Result
	Document
	Medicine
)

// Event is something that happened at one time.
type Event struct {
	At   time.Time
	Kind Kind
}

// Lane is the events of one organisation, of any time.
type Lane struct {
	Name   string
	Events []Event
}

// Column is a part of the axis of time: from its beginning until the next
// one's.
type Column struct {
	Name  string
	Start time.Time
	Href  string // where its events are told; the same for all lanes
	Words string // what it is in a sentence: "March 2026"
}

// Lanes is a picture of events over time, a lane for each organisation. Every
// part of a lane that has events is a link.
type Lanes struct {
	ID, Title, Desc string
	Lanes           []Lane
	Columns         []Column
	End             time.Time // where the last column ends
	Told            func(kinds [5]int) string
}

// Where lanes lie, in pixels: a link is never smaller than a finger.
const (
	laneLeft, laneTop = 210.0, 26.0
	laneHeight        = 30.0
	lanesWidth        = 1000.0
)

// Append appends the picture to dst.
func (l Lanes) Append(dst []byte) []byte {
	d := &drawing{buf: dst}
	tall := laneTop + laneHeight*float64(len(l.Lanes)) + 2
	d.open(`<svg class="icr-lanes" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 `+strconv.FormatFloat(tall, 'f', -1, 64)+
		`" width="1000" height="`+strconv.FormatFloat(tall, 'f', -1, 64)+`" role="group" focusable="false"`, l.ID, l.Title, l.Desc)
	d.raw(`<g class="icr-chart__label" aria-hidden="true">`)
	for i, c := range l.Columns {
		d.label(l.left(i)+3, 16, c.Name)
	}
	for i, lane := range l.Lanes {
		d.label(4, laneTop+laneHeight*float64(i)+20, short(lane.Name, 30))
	}
	d.raw(`</g><path class="icr-chart__grid" d="`)
	for i := range l.Columns {
		d.raw(`M`)
		d.number(l.left(i))
		d.raw(` 4V`)
		d.number(tall)
	}
	for i := range l.Lanes {
		d.raw(`M0 `)
		d.number(laneTop + laneHeight*float64(i))
		d.raw(`H1000`)
	}
	d.raw(`"/>`)
	for i, lane := range l.Lanes {
		l.lane(d, lane, laneTop+laneHeight*float64(i))
	}
	d.raw(`</svg>`)
	return d.buf
}

// short is a name for which there is little room.
func short(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

// left is where a column begins.
func (l Lanes) left(column int) float64 {
	return laneLeft + (lanesWidth-laneLeft)/float64(len(l.Columns))*float64(column)
}

// lane draws the events of a lane, column by column.
func (l Lanes) lane(d *drawing, lane Lane, y float64) {
	for i, c := range l.Columns {
		end := l.End
		if i+1 < len(l.Columns) {
			end = l.Columns[i+1].Start
		}
		var within []Event
		var kinds [5]int
		for _, e := range lane.Events {
			if !e.At.Before(c.Start) && e.At.Before(end) {
				within = append(within, e)
				kinds[e.Kind]++
			}
		}
		if len(within) == 0 {
			continue
		}
		d.raw(`<a href="`)
		d.text(c.Href)
		d.raw(`" aria-label="`)
		d.text(lane.Name + ", " + c.Words + ": " + l.Told(kinds))
		d.raw(`"><rect class="icr-lanes__cell"`)
		d.attribute("x", l.left(i)+1)
		d.attribute("y", y+1)
		d.attribute("width", l.left(i+1)-l.left(i)-2)
		d.attribute("height", laneHeight-2)
		d.raw(`/>`)
		var drawn [5]map[int]bool
		for _, e := range within {
			wide := l.left(i+1) - l.left(i) - 12
			x := l.left(i) + 6 + wide*float64(e.At.Sub(c.Start))/float64(end.Sub(c.Start))
			if drawn[e.Kind] == nil {
				drawn[e.Kind] = map[int]bool{}
			}
			if at := int(x / 3); !drawn[e.Kind][at] { // what lies on another of its kind is not seen
				drawn[e.Kind][at] = true
				d.mark(e.Kind, x, y)
			}
		}
		d.raw(`</a>`)
	}
}

// marks are the shapes of kinds, around a place: each at a height of its own,
// so that none hides another.
var marks = [5]struct {
	class, path string
	y           float64
}{
	Visit:    {"visit", "m-4-4h8v8h-8z", 7},
	Referral: {"referral", "m0-5 5 5-5 5-5-5z", 7},
	Result:   {"result", "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z", 15},
	Document: {"document", "m-3.5-4.5h7v9h-7z", 23},
	Medicine: {"medicine", "m0-4.5 4.5 8h-9z", 23},
}

func (d *drawing) mark(k Kind, x, y float64) {
	d.raw(`<path class="icr-lanes__`)
	d.raw(marks[k].class)
	d.raw(`" d="M`)
	d.number(x)
	d.raw(` `)
	d.number(y + marks[k].y)
	d.raw(marks[k].path)
	d.raw(`"/>`)
}

// Key is the shape of a kind, to stand beside its name.
func Key(k Kind) []byte {
	d := &drawing{}
	d.raw(`<svg class="icr-lanes__key" xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 12 12" width="14" height="14" focusable="false" aria-hidden="true"><path class="icr-lanes__`)
	d.raw(marks[k].class)
	d.raw(`" d="M0 0`)
	d.raw(marks[k].path)
	d.raw(`"/></svg>`)
	return d.buf
}
