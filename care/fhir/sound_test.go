package fhir

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

var soundTests = []struct {
	name string
	json string
	good bool
}{
	{"empty object", `{}`, true},
	{"empty array", `[ ]`, true},
	{"all kinds", `{"a":[1,-0.5e+10,true,false,null,"x"],"b":{"a":"\u00e9\ud83d\ude00"}}`, true},
	{"white space", " {\r\n\t\"a\" : [ 1 , 2 ] } ", true},
	{"same name in another object", `[{"a":1},{"a":{"a":1}}]`, true},
	{"not Latin", `{"name":"李明","имя":"Аня"}`, true},
	{"name twice", `{"a":1,"b":2,"a":3}`, false},
	{"name twice, once escaped", `{"a":1,"\u0061":3}`, false},
	{"name twice after an object", `{"a":{"b":1,"c":2},"b":1,"a":3}`, false},
	{"bad UTF-8", "{\"a\":\"\xff\"}", false},
	{"overlong", "{\"a\":\"\xc0\x80\"}", false},
	{"control character", "{\"a\":\"12345678\x01\"}", false},
	{"line in a text", "{\"a\":\"\n\"}", false},
	{"half a pair", `["\ud83d"]`, false},
	{"half a pair and more", `["\ud83d\u0041"]`, false},
	{"second half first", `["\ude00\ud83d"]`, false},
	{"bad escape", `["\x41"]`, false},
	{"short escape", `["\u00e"]`, false},
	{"no name", `{1:2}`, false},
	{"no colon", `{"a" 1}`, false},
	{"no comma", `[1 2]`, false},
	{"comma at the end", `[1,]`, false},
	{"comma at the end of an object", `{"a":1,}`, false},
	{"comma at the beginning", `[,1]`, false},
	{"wrong end", `[1}`, false},
	{"leading zero", `[01]`, false},
	{"plus", `[+1]`, false},
	{"no fraction", `[1.]`, false},
	{"no exponent", `[1e]`, false},
	{"lone minus", `[-]`, false},
	{"word", `[nul1]`, false},
	{"capital", `[True]`, false},
	{"not ended", `{"a":[1,{"b":"c`, false},
	{"NaN", `[NaN]`, false},
	{"comment", `[1/*2*/]`, false},
}

func TestSound(t *testing.T) {
	for _, test := range soundTests {
		if good := isSound([]byte(test.json)); good != test.good {
			t.Errorf("%s: %t", test.name, good)
		}
		if good := strictly([]byte(test.json)); good != test.good {
			t.Errorf("%s: jsontext says %t", test.name, good)
		}
	}
	if isSound([]byte(strings.Repeat("[", deepest+1) + strings.Repeat("]", deepest+1))) {
		t.Error("nested without bound")
	}
}

// isSound reads through a reader that gives three bytes at a time, so that every
// value comes in pieces.
func isSound(data []byte) bool {
	d := newDecoder(&dripping{data})
	defer d.release()
	b, err := d.peek()
	if err != nil || b != '{' && b != '[' {
		return false
	}
	if _, err = d.value(); err == nil {
		err = d.end()
	}
	return err == nil
}

type dripping struct{ rest []byte }

func (r *dripping) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.rest[:min(3, len(r.rest))])
	r.rest = r.rest[n:]
	return n, nil
}

// strictly is what jsontext says of an object or array.
func strictly(data []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if kind := d.PeekKind(); kind != '{' && kind != '[' {
		return false
	}
	if err := d.SkipValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return err == io.EOF
}

// FuzzSound finds what jsontext takes and sound does not, or the other way.
func FuzzSound(f *testing.F) {
	for _, test := range soundTests {
		f.Add([]byte(test.json))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Count(data, []byte("[")) >= deepest || bytes.Count(data, []byte("{")) >= deepest || bytes.Count(data, []byte(":")) > mostNames {
			t.Skip("beyond a bound of ours")
		}
		if ours, strict := isSound(data), strictly(data); ours != strict {
			t.Errorf("sound: %t, jsontext: %t: %q", ours, strict, data)
		}
	})
}
