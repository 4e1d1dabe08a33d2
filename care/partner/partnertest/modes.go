package partnertest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// What a partner slips in besides what it holds, in modes that are answers
// like others.
const (
	// Script stands in every text of the mode Scripts.
	Script = `"><script>alert(1)</script><img src=x onerror=alert(2)>`

	// Internal is where the document of the mode InternalDocument leads.
	Internal = "http://169.254.169.254/latest/meta-data/"
)

const (
	noKnownAllergy = `{"resourceType":"AllergyIntolerance","id":"n1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},"patient":{"reference":"Patient/p1"}}`
	refuted        = `{"resourceType":"AllergyIntolerance","id":"r1","verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"refuted"}]},"code":{"text":"Latex"},"patient":{"reference":"Patient/p1"}}`
	codeOnly       = `{"resourceType":"AllergyIntolerance","id":"k1","code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}]},"patient":{"reference":"Patient/p1"}}`
)

func scripts() string {
	evil, _ := jsonText(Script)
	return fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":"s1","code":{"text":%[1]s,"coding":[{"system":%[1]s,"code":%[1]s,"display":%[1]s}]},`+
		`"criticality":%[1]s,"recorder":{"display":%[1]s},"note":[{"text":%[1]s}],"reaction":[{"manifestation":[{"text":%[1]s}],"severity":%[1]s,"description":%[1]s}],`+
		`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(3)</script></div>"},"patient":{"reference":"Patient/p1","display":%[1]s}}`, evil)
}

const internalDocument = `{"resourceType":"DocumentReference","id":"d9","status":"current","type":{"text":"Letter elsewhere"},"subject":{"reference":"Patient/p1"},"content":[{"attachment":{"contentType":"text/plain","url":"` + Internal + `"}}]}`

// statement is what a server says that it can do, if it is asked.
const statement = `{"resourceType":"CapabilityStatement","status":"active","kind":"instance","fhirVersion":"4.0.1","format":["application/fhir+json"],"rest":[{"mode":"server","resource":[%s]}]}`

// Statement is a CapabilityStatement of these types, besides Patient.
func Statement(types ...string) string {
	all := make([]string, 0, len(types)+1)
	for _, kind := range append([]string{"Patient"}, types...) {
		all = append(all, fmt.Sprintf(`{"type":%q,"interaction":[{"code":"search-type"}],"searchParam":[{"name":"patient"},{"name":"date"}]}`, kind))
	}
	return fmt.Sprintf(statement, strings.Join(all, ","))
}

var allTypes = []string{
	"RelatedPerson", "Flag", "AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Medication", "CarePlan", "Goal", "CareTeam",
	"EpisodeOfCare", "Task", "ServiceRequest", "DeviceRequest", "Encounter", "Appointment", "Condition", "Procedure", "DiagnosticReport",
	"Observation", "Immunization", "DocumentReference",
}

func (s answering) metadata(w http.ResponseWriter) {
	switch {
	case s.Mode == NoStatement:
		io.WriteString(w, "<html><body>Please sign in</body></html>")
	case s.Statement != "":
		io.WriteString(w, s.Statement)
	default:
		io.WriteString(w, Statement(allTypes...))
	}
}

// batch answers several questions in one, each as it would alone.
func (s answering) batch(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Entry []struct {
			Request struct{ Method, URL string }
		}
	}
	if s.NoBatch || json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	replies := make([]string, len(asked.Entry))
	for i, entry := range asked.Entry {
		one := httptest.NewRequestWithContext(r.Context(), entry.Request.Method, "/"+entry.Request.URL, nil)
		to := httptest.NewRecorder()
		s.serve(to, one)
		replies[i] = fmt.Sprintf(`{"response":{"status":"%d"}}`, to.Code)
		if to.Code == http.StatusOK {
			replies[i] = `{"resource":` + to.Body.String() + `,"response":{"status":"200 OK"}}`
		}
	}
	io.WriteString(w, `{"resourceType":"Bundle","type":"batch-response","entry":[`+strings.Join(replies, ",")+`]}`)
}

// many sends so many allergies, or allergies until nobody listens.
func many(n int) misbehaviour {
	return func(_ answering, w http.ResponseWriter, r *http.Request) {
		to := bufio.NewWriterSize(w, 64<<10)
		fmt.Fprint(to, `{"resourceType":"Bundle","type":"searchset","entry":[`)
		for i := 0; i < n || n == 0; i++ {
			if i > 0 {
				to.WriteByte(',')
			}
			if _, err := fmt.Fprintf(to, `{"resource":%s}`, allergy(fmt.Sprintf("m%d", i), "Patient/p1", "")); err != nil || r.Context().Err() != nil {
				return
			}
		}
		fmt.Fprint(to, `]}`)
		to.Flush()
	}
}

// bomb sends what unpacks to more than anybody reads.
func bomb(coding string, packed func() []byte) misbehaviour {
	return func(_ answering, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", coding)
		w.Write(packed())
	}
}

// bombBlocks is how many mebibytes a bomb unpacks to.
const bombBlocks = 48

func unpacked(zip io.WriteCloser) {
	io.WriteString(zip, `{"resourceType":"Bundle","type":"searchset","x":"`)
	block := strings.Repeat(" ", 1<<20)
	for range bombBlocks {
		io.WriteString(zip, block)
	}
	zip.Close()
}

var gzipBomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	unpacked(gzip.NewWriter(&b))
	return b.Bytes()
})

var zstdBomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	zip, err := zstd.NewWriter(&b)
	if err != nil {
		panic(err) // there are no options
	}
	unpacked(zip)
	return b.Bytes()
})

func throttled(retryAfter string) misbehaviour {
	return func(_ answering, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// once misbehaves the first time, and then no more.
func once(misbehave misbehaviour) misbehaviour {
	return func(s answering, w http.ResponseWriter, r *http.Request) {
		if !s.done.Swap(true) {
			misbehave(s, w, r)
			return
		}
		io.WriteString(w, s.bundle(r, typesOf(r)))
	}
}

func slowly(s answering, w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(slowBy):
		io.WriteString(w, s.bundle(r, typesOf(r)))
	case <-r.Context().Done():
	}
}

// slowBy is how long each answer of the mode Slow takes.
const slowBy = 150 * time.Millisecond
