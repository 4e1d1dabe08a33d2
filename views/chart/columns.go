package chart

import "strconv"

// Columns is a picture of counts over days: a lane for each series, one under
// the other, all on one scale, with the total at its end.
type Columns struct {
	ID, Title, Desc string
	Days            []string // in order; the first and the last are named
	Series          []string
	Counts          [][]int // of each series, one for each day
}

// Append appends the picture to dst.
func (c Columns) Append(dst []byte) []byte {
	const left, wide, lane = 250.0, 800.0, 46.0
	most := 1
	for _, counts := range c.Counts {
		for _, n := range counts {
			most = max(most, n)
		}
	}
	tall := lane*float64(len(c.Series)) + 24
	d := &drawing{buf: dst}
	d.open(`<svg class="icr-columns" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 `+strconv.FormatFloat(tall, 'f', -1, 64)+`" role="img" focusable="false"`, c.ID, c.Title, c.Desc)
	step := (wide - left - 60) / float64(max(len(c.Days), 1))
	for i, counts := range c.Counts {
		floor := lane*float64(i+1) - 2
		total := 0
		for j, n := range counts {
			if total += n; n == 0 {
				continue
			}
			height := max((lane-12)*float64(n)/float64(most), 1)
			d.raw(`<rect class="icr-columns__bar"`)
			d.attribute("x", left+step*float64(j))
			d.attribute("y", floor-height)
			d.attribute("width", max(step-2, 1))
			d.attribute("height", height)
			d.raw(`/>`)
		}
		d.raw(`<path class="icr-chart__grid" d="M`)
		d.number(left)
		d.raw(` `)
		d.number(floor)
		d.raw(`H740"/><g class="icr-chart__label">`)
		d.label(2, floor-12, short(c.Series[i], 36))
		d.label(746, floor-12, strconv.Itoa(total))
		d.raw(`</g>`)
	}
	d.raw(`<g class="icr-chart__label">`)
	if len(c.Days) > 0 {
		d.label(left, tall-6, c.Days[0])
		d.label(640, tall-6, c.Days[len(c.Days)-1])
	}
	d.raw(`</g></svg>`)
	return d.buf
}

// Heat is a picture of counts in rows and columns: the more, the darker, with
// the number in each field.
type Heat struct {
	ID, Title, Desc string
	Rows, Columns   []string
	Counts          [][]int
}

// Append appends the picture to dst.
func (h Heat) Append(dst []byte) []byte {
	const left, wide, row, head = 190.0, 800.0, 30.0, 24.0
	most := 1
	for _, counts := range h.Counts {
		for _, n := range counts {
			most = max(most, n)
		}
	}
	tall := head + row*float64(len(h.Rows)) + 4
	d := &drawing{buf: dst}
	d.open(`<svg class="icr-heat" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 `+strconv.FormatFloat(tall, 'f', -1, 64)+`" role="img" focusable="false"`, h.ID, h.Title, h.Desc)
	step := (wide - left) / float64(max(len(h.Columns), 1))
	d.raw(`<g class="icr-chart__label">`)
	for j, name := range h.Columns {
		d.label(left+step*float64(j)+3, head-8, name)
	}
	for i, name := range h.Rows {
		d.label(2, head+row*float64(i)+20, short(name, 28))
	}
	d.raw(`</g>`)
	for i, counts := range h.Counts {
		for j, n := range counts {
			h.field(d, left+step*float64(j), head+row*float64(i), step, row, n, most)
		}
	}
	d.raw(`</svg>`)
	return d.buf
}

// field is one field. Its number is dark on light or light on dark.
func (h Heat) field(d *drawing, x, y, wide, tall float64, n, most int) {
	share := 0.0
	if n > 0 {
		share = 0.1 + 0.9*float64(n)/float64(most)
	}
	level := min(int(share*5), 4)
	d.raw(`<rect class="icr-heat__field icr-heat__field--` + strconv.Itoa(level) + `"`)
	d.attribute("x", x)
	d.attribute("y", y)
	d.attribute("width", wide-1)
	d.attribute("height", tall-1)
	d.raw(`/>`)
	if n > 0 {
		d.raw(`<g class="icr-heat__number icr-heat__number--` + strconv.Itoa(level) + `">`)
		d.label(x+3, y+19, strconv.Itoa(n))
		d.raw(`</g>`)
	}
}
