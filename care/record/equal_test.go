package record

import (
	"reflect"
	"testing"
)

// Two entries that differ anywhere, in whatever field is ever added, are not
// the same.
func TestEqual(t *testing.T) {
	var a, b Entry
	fill(reflect.ValueOf(&a).Elem())
	fill(reflect.ValueOf(&b).Elem())
	if !a.Equal(&b) || !reflect.DeepEqual(a, b) {
		t.Fatal("the same entry twice is not the same")
	}
	seen := 0
	changeEach(reflect.ValueOf(&b).Elem(), "Entry", func(where string) {
		seen++
		if a.Equal(&b) || b.Equal(&a) {
			t.Errorf("another %s is no difference", where)
		}
	})
	if empty := (Entry{}); seen < 60 || empty.Equal(&a) || a.Equal(&empty) {
		t.Errorf("%d differences", seen)
	}
}

// fill gives every part of v a value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for _, part := range partsOf(v) {
			fill(part.value)
		}
	default:
		panic("a field of a new kind: " + v.Type().String())
	}
}

type part struct {
	name  string
	value reflect.Value
}

// partsOf are a struct's fields that can be set. A date's are its own: it is
// set whole.
func partsOf(v reflect.Value) []part {
	if v.Type() == reflect.TypeFor[Date]() {
		v.Set(reflect.ValueOf(ParseDate("2019-03")))
		return nil
	}
	var all []part
	for i := range v.NumField() {
		all = append(all, part{v.Type().Field(i).Name, v.Field(i)})
	}
	return all
}

// changeEach calls differs with each part of v changed, one at a time.
func changeEach(v reflect.Value, where string, differs func(string)) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	defer v.Set(was)
	switch v.Kind() {
	case reflect.String:
		v.SetString("y")
	case reflect.Bool:
		v.SetBool(false)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(2)
	case reflect.Uint8:
		v.SetUint(2)
	case reflect.Pointer, reflect.Slice:
		v.SetZero()
		differs(where + ", none")
		v.Set(was)
		if v.Kind() == reflect.Pointer {
			changeEach(v.Elem(), where, differs)
		} else {
			changeEach(v.Index(0), where, differs)
		}
		return
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Date]() {
			v.Set(reflect.ValueOf(ParseDate("2019-03-01")))
			break
		}
		for _, p := range partsOf(v) {
			changeEach(p.value, where+"."+p.name, differs)
		}
		return
	}
	differs(where)
}
