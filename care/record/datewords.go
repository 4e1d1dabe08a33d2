package record

import (
	"strconv"
	"time"
)

// String is the date as the NHS writes it (14-Aug-1980, from the NHS Common
// User Interface), cut to what was sent, or the text that was sent.
func (d Date) String() string {
	if d.precision == AsSent {
		return d.sent
	}
	return string(d.AppendWords(make([]byte, 0, 24)))
}

// ISO is the date for a machine (the datetime attribute of HTML), empty where
// d is not Dated.
func (d Date) ISO() string {
	return string(d.AppendISO(make([]byte, 0, 28)))
}

// AppendWords appends String to dst, AsSent excepted: the text that was sent is
// nobody's to append unescaped. Long tables have two dates a row, and
// time.Format is dear.
func (d Date) AppendWords(dst []byte) []byte {
	if !d.Dated() {
		return dst
	}
	t, _ := d.local()
	year, month, day := t.Date()
	if d.precision >= Day {
		dst = append(two(dst, day), '-')
	}
	if d.precision >= Month {
		dst = append(append(dst, month.String()[:3]...), '-')
	}
	dst = four(dst, year)
	if d.precision == Instant {
		dst = append(two(append(dst, ' '), t.Hour()), ':')
		dst = two(dst, t.Minute())
	}
	return dst
}

// AppendISO appends ISO to dst.
func (d Date) AppendISO(dst []byte) []byte {
	if !d.Dated() {
		return dst
	}
	t, offset := d.local()
	year, month, day := t.Date()
	dst = four(dst, year)
	if d.precision >= Month {
		dst = two(append(dst, '-'), int(month))
	}
	if d.precision >= Day {
		dst = two(append(dst, '-'), day)
	}
	if d.precision == Instant {
		hour, minute, second := t.Clock()
		dst = two(append(dst, 'T'), hour)
		dst = two(append(dst, ':'), minute)
		dst = two(append(dst, ':'), second)
		dst = zone(dst, offset)
	}
	return dst
}

// local is what a clock in London shows at d, as if it were in UTC, and how
// many seconds it is ahead: so the zone is looked up once.
func (d Date) local() (time.Time, int) {
	_, offset := d.Time().Zone()
	return time.Unix(d.seconds+int64(offset), 0).UTC(), offset
}

func two(dst []byte, n int) []byte { return append(dst, byte('0'+n/10%10), byte('0'+n%10)) }

func four(dst []byte, year int) []byte {
	if year > 9999 { // a zone can make the last day of 9999 so
		return strconv.AppendInt(dst, int64(year), 10)
	}
	return two(two(dst, year/100), year%100)
}

func zone(dst []byte, offset int) []byte {
	if offset == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = two(append(dst, sign), offset/3600)
	return two(append(dst, ':'), offset/60%60)
}
