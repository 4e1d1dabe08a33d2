package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The world outside the viewer, its partners and its users' browsers, is a
// process of its own, so that what the viewer itself costs can be told.

const (
	outsideVariable = "ICR_BENCH_OUTSIDE"
	partnerCount    = 8
)

// addresses are where the world outside is reached.
type addresses struct {
	Partners []string
	Browsers string // takes orders
}

// outside is the world outside. It ends when its standard input does.
func outside() error {
	world := &world{coding: "gzip", free: make(chan int, len(patients))}
	for i := range patients {
		world.free <- i
	}
	var at addresses
	for i := range partnerCount {
		address, err := serve(newPartner(world, i))
		if err != nil {
			return err
		}
		at.Partners = append(at.Partners, address+"/fhir")
	}
	var err error
	if at.Browsers, err = serve(http.HandlerFunc(world.obey)); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(at); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go http.Serve(l, h) // ends with the process
	return "http://localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// world is what partners and browsers share. A patient's record is viewed by
// one browser at a time, so that the times belong to its view.
type world struct {
	coding string // of the partners' answers
	free   chan int
	takes  [64][partnerCount]atomic.Int64 // how long each partner is to take over a patient, ns
	took   [64][partnerCount]atomic.Int64 // how long it says that it took
}

// supplier is one partner's FHIR server. It holds its answers ready, in every
// coding: what partners do is not what is measured.
type supplier struct {
	world   *world
	number  int
	routes  *http.ServeMux
	lookups [][]byte
	records []map[string]encoded // of each patient, by type of resource; of all types under ""
	held    []map[string][]dated // of each patient, by type of resource
	made    sync.Map             // encoded, by whatever else was asked
	batches sync.Map             // batched, by their bodies
	large   [64]func() encoded   // of each patient, of all types: a megabyte
}

// encoded is an answer in each coding.
type encoded map[string][]byte

func newPartner(w *world, number int) *supplier {
	p := &supplier{world: w, number: number, routes: http.NewServeMux()}
	for _, n := range patients {
		p.lookups = append(p.lookups, fmt.Appendf(nil, `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":%s}]}`, patient(n)))
		records := map[string]encoded{"": codings(bundle(number, n))}
		for _, s := range shares {
			records[s.kind] = codings(found(number, n, s))
		}
		p.records = append(p.records, records)
		held, note := map[string][]dated{}, noteLength(number, n)
		for _, s := range shares {
			held[s.kind] = resources(number, n, s, note)
		}
		p.held = append(p.held, held)
	}
	p.routes.HandleFunc("POST /fhir/Patient/_search", p.lookUp)
	p.routes.HandleFunc("GET /fhir/Patient/{id}/$everything", func(w http.ResponseWriter, r *http.Request) { p.answer(w, r.PathValue("id"), "", r.URL) })
	p.routes.HandleFunc("POST /fhir/{type}/_search", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") != "" {
			send(w, nothing, "") // nobody refused anything
			return
		}
		p.answer(w, r.FormValue("patient"), r.PathValue("type"), r.URL)
	})
	p.routes.HandleFunc("POST /fhir", p.batch)
	p.routes.HandleFunc("GET /fhir/metadata", func(w http.ResponseWriter, _ *http.Request) { send(w, statement(), "") })
	for i, n := range patients {
		p.large[i] = sync.OnceValue(func() encoded { return large(number, n) })
	}
	p.routes.HandleFunc("POST /large/Patient/_search", p.lookUp)
	p.routes.HandleFunc("GET /large/Patient/{id}/$everything", func(w http.ResponseWriter, r *http.Request) {
		if i, ok := whose(r.PathValue("id")); ok {
			send(w, p.large[i]()[p.world.coding], p.world.coding)
		}
	})
	return p
}

func codings(plain []byte) encoded {
	var gzipped strings.Builder
	w := gzip.NewWriter(&gzipped)
	w.Write(plain) // a builder takes everything
	w.Close()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err) // there are no options
	}
	return encoded{"gzip": []byte(gzipped.String()), "zstd": z.EncodeAll(plain, nil)}
}

func (p *supplier) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.routes.ServeHTTP(w, r) }

func (p *supplier) lookUp(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	_, number, _ := strings.Cut(r.FormValue("identifier"), "|")
	i, ok := whose("p" + number)
	if !ok {
		http.NotFound(w, r)
		return
	}
	send(w, p.lookups[i], "")
	p.world.took[i][p.number].Store(int64(time.Since(began)))
}

func (p *supplier) answer(w http.ResponseWriter, id, kind string, asked *url.URL) {
	began := time.Now()
	i, ok := whose(id)
	if !ok {
		http.Error(w, "nobody has this id", http.StatusNotFound)
		return
	}
	time.Sleep(time.Duration(p.world.takes[i][p.number].Load()))
	if types := asked.Query().Get("_type"); kind == "" && !strings.Contains(types, "Observation") {
		send(w, p.ready(asked.String(), func() []byte { return p.reply(asked) })[p.world.coding], p.world.coding)
	} else if held, ok := p.records[i][kind]; ok {
		send(w, held[p.world.coding], p.world.coding)
	} else {
		send(w, nothing, "")
	}
	p.world.took[i][p.number].Add(int64(time.Since(began)))
}

func send(w http.ResponseWriter, body []byte, coding string) {
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if coding != "" {
		w.Header().Set("Content-Encoding", coding)
	}
	w.Write(body) // a viewer that has gone will be missed
}

var indices = sync.OnceValue(func() map[string]int {
	at := map[string]int{}
	for i, n := range patients {
		at[patientID(n)] = i
	}
	return at
})

func whose(id string) (int, bool) {
	i, ok := indices()[id]
	return i, ok
}

// obey carries out an order and answers with its tally.
func (w *world) obey(res http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(res, err.Error(), http.StatusBadRequest)
		return
	}
	json.NewEncoder(res).Encode(w.carryOut(o))
}
