# Needs Go, Node, git and make. `make test` fetches the C compiler and the browser that it also needs.

PORT ?= 8080
BUNDLES ?=

export CGO_ENABLED := 0
TOOL := go tool -modfile=tools/go.mod
NODE_MODULES := node_modules/.package-lock.json
PEER := bench/peer/node_modules/.package-lock.json
ASSETS := static/dist/app.css

.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: demo build test format generated vet need unit e2e bench soak generate clean

demo: build
	@echo "== demo: Ctrl-C ends it"
	@exec bin/icr-demo run -port "$(PORT)" $(if $(BUNDLES),-bundles "$(BUNDLES)")

build: $(ASSETS)
	@echo "== build"
	@command -v go >/dev/null || { echo "Go is needed: no go on the PATH"; exit 1; }
	@go build -trimpath -buildvcs=false -tags timetzdata -o bin/ ./cmd/...

$(ASSETS): $(NODE_MODULES) scripts/assets $(shell find static/src -type f)
	@echo "== style sheet, scripts and icons"
	@scripts/assets

$(NODE_MODULES): package-lock.json
	@echo "== npm packages"
	@command -v npm >/dev/null || { echo "Node 20 is needed: no npm on the PATH"; exit 1; }
	@npm ci
	@touch $@

# Another's summary, that benchmarks compare with.
$(PEER): bench/peer/package-lock.json
	@cd bench/peer && npm ci
	@touch $@

# What fails quickest comes first. CI runs this and nothing else.
test: build format generated vet need unit e2e
	@echo "== all passed"

format:
	@echo "== format"
	@unformatted=$$($(TOOL) gofumpt -l .) && [ -z "$$unformatted" ] || { echo "run gofumpt on:" $$unformatted; exit 1; }

generated:
	@echo "== generated code"
	@scripts/generated

vet:
	@echo "== vet and staticcheck"
	@go vet ./...
	@$(TOOL) staticcheck ./...

need:
	@echo "== C compiler and browser"
	@scripts/need cc
	@scripts/need chromium

unit:
	@echo "== tests, with the race detector"
	@CC=$$(scripts/need cc) && export CC && \
		CGO_ENABLED=1 go test -race -shuffle=on -timeout=9m -p 3 ./web ./store $$(go list ./... | grep -v -e '/e2e$$' -e '/web$$' -e '/store$$')

e2e: build
	@echo "== tests in a browser"
	@ICR_CHROMIUM=$$(scripts/need chromium) && export ICR_CHROMIUM && go test -count=1 -timeout=9m ./e2e

bench: build $(PEER)
	go test -run=NONE -bench=. -timeout=30m ./bench

soak: build
	ICR_CHROMIUM=$$(scripts/need chromium) && export ICR_CHROMIUM && ICR_SOAK=1 go test -count=1 -timeout=60m ./...
	ICR_SOAK=1 go test -run=NONE -bench='Desk|Verify' -timeout=3h ./bench

generate:
	$(TOOL) templ generate

clean:
	rm -rf bin static/dist/*
