package record

import (
	"slices"
)

// Veil tells of some sources no more than told does, wherever a page could say
// which they are: in their names and codes, in who did what where, and in what
// other people wrote. Told returns the same source where it may be told. For
// each entry it returns the one that it was made of, or nil where nothing had
// to be hidden. What it is given stays as it was.
func Veil(contributions []Contribution, told func(Source) Source) ([]Contribution, map[*Entry]*Entry) {
	var hidden []Contribution
	for _, c := range contributions {
		if told(c.Source) != c.Source {
			hidden = append(hidden, c)
		}
	}
	if len(hidden) == 0 {
		return contributions, nil
	}
	hide := Hider(hidden)
	out, of := slices.Clone(contributions), map[*Entry]*Entry{}
	for i := range out {
		c := &out[i]
		source := told(c.Source)
		secret := source != c.Source
		c.Source, c.Why, c.Entries = source, hide(c.Why), slices.Clone(c.Entries)
		c.Reasons = eachReason(c.Reasons, hide)
		for j := range c.Entries {
			if e := c.Entries[j]; secret {
				c.Entries[j] = e.unlocated(source.Code, hide)
			} else {
				c.Entries[j] = e.each(hide)
			}
			of[&c.Entries[j]] = &contributions[i].Entries[j]
		}
	}
	return out, of
}

func eachReason(reasons map[Section]string, hide func(string) string) map[Section]string {
	if reasons == nil {
		return nil
	}
	out := map[Section]string{}
	for s, why := range reasons {
		out[s] = hide(why)
	}
	return out
}
