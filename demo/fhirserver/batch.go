package fhirserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// mostBatch bounds a batch, in bytes and in questions.
const (
	mostBatch     = 1 << 20
	mostQuestions = 200
)

// batch answers several questions in one. Only questions are answered: nothing
// here can be changed.
func (s *Server) batch(r *http.Request) answer {
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBatch))
	if err != nil {
		return outcome(http.StatusBadRequest, "invalid", "The batch cannot be read")
	}
	var asked struct {
		Type  string
		Entry []struct {
			Request struct{ Method, URL string }
		}
	}
	if json.Unmarshal(body, &asked) != nil || asked.Type != "batch" || len(asked.Entry) > mostQuestions {
		return outcome(http.StatusBadRequest, "invalid", "This is no batch of questions")
	}
	answers := make([]answer, len(asked.Entry))
	var waiting sync.WaitGroup
	for i, entry := range asked.Entry {
		waiting.Go(func() { answers[i] = s.one(r, entry.Request.Method, entry.Request.URL) })
	}
	waiting.Wait()
	all := answer{status: http.StatusOK}
	var b bytes.Buffer
	b.WriteString(`{"resourceType":"Bundle","type":"batch-response","entry":[`)
	for i, one := range answers {
		if i > 0 {
			b.WriteByte(',')
		}
		all.types, all.count = append(all.types, one.types...), all.count+one.count
		b.WriteString(`{"resource":`)
		b.Write(one.body)
		b.WriteString(`,"response":{"status":"` + strconv.Itoa(one.status) + ` ` + http.StatusText(one.status) + `"}}`)
	}
	b.WriteString(`]}`)
	all.body = b.Bytes()
	return all
}

// one answers one question of a batch.
func (s *Server) one(r *http.Request, method, address string) answer {
	prefix := base(r)
	one, err := http.NewRequestWithContext(r.Context(), method, prefix+"/"+address, nil)
	if err != nil || method != http.MethodGet {
		return outcome(http.StatusBadRequest, "not-supported", "Only questions by GET are answered in a batch")
	}
	one.RequestURI = one.URL.RequestURI() // what it would be on its own
	one.URL.Path = strings.TrimPrefix(one.URL.Path, prefixOf(r))
	one.Host, one.TLS = r.Host, r.TLS
	one.Header.Set("Accept", "application/fhir+json")
	return s.answer(one)
}
