package audit_test

import (
	"reflect"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"pgregory.net/rapid"
)

// fill gives v, which may be set, a value of any kind that its type has.
func fill(t *rapid.T, v reflect.Value) {
	words := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "\"\\\u2028\u00e9\x00\n", "<b>&"}), rapid.String())
	switch v.Kind() {
	case reflect.String:
		v.SetString(words.Draw(t, "words"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-3, 1<<40).Draw(t, "number"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "truth"))
	case reflect.Slice:
		for range rapid.IntRange(0, 2).Draw(t, "elements") {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(t, e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Map:
		if rapid.Bool().Draw(t, "a map") {
			v.Set(reflect.MakeMap(v.Type()))
		}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			key, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key)
			fill(t, e)
			if !v.IsNil() {
				v.SetMapIndex(key, e)
			}
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && rapid.Bool().Draw(t, "filled") {
				fill(t, f)
			}
		}
	}
}

// The members that are appended one by one are, to the byte, what a general
// encoder makes of all of them, and refused where it refuses.
func TestP6_BodyIsWhatAnEncoderMakes(t *testing.T) {
	full := full(t)
	rapid.Check(t, func(t *rapid.T) {
		var e audit.Event
		fill(t, reflect.ValueOf(&e).Elem())
		if rapid.Bool().Draw(t, "of now") {
			e.ID, e.At, e.Patient, e.Ground.Until = full.ID, full.At, full.Patient, full.Ground.Until
		}
		same(t, e)
	})
	full.Partners = append(full.Partners, audit.Partner{Code: nhs.ODSCode("RLT"), State: record.Late, Shown: map[string][]string{"b": nil, "a": {"1", "2"}, "\U0001F600": {}, "\uFFFD": {}}})
	same(t, full)
	full.Words = "no UTF-8: \xff"
	if _, err := full.Body(); err == nil {
		t.Error("a body that is no UTF-8")
	}
}

func same(t interface{ Fatalf(string, ...any) }, e audit.Event) {
	got, err := e.Body()
	want, refused := audit.Encoded(e)
	if (err == nil) != (refused == nil) || refused == nil && string(got) != string(want) {
		t.Fatalf("%v, %v\n%s\n%s", err, refused, got, want)
	}
}
