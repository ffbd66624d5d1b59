# Keywicket. make help lists the targets; make test runs every check.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export CGO_ENABLED := 1
export PATH := $(PATH):/usr/sbin:/sbin

GOLANGCI_VERSION    := v2.12.2
GOVULNCHECK_VERSION := v1.9.0

TOOLS       := $(CURDIR)/.tools
GOLANGCI    := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK := $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TAGS     := netgo osusergo sqlite_omit_load_extension
# Each tree has a cache of its own: a shared one reports files of other trees.
export GOLANGCI_LINT_CACHE := $(TOOLS)/cache
E2E      := web/e2e
# The least coverage of handlers and views.
COVERAGE := 80
FUZZTIME ?= 30s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: deps
deps: ## install what the tests need: packages, Go modules, browser tests
	@.ci/packages
	@go mod download
	@if [ -f $(E2E)/package-lock.json ] && \
	  ! cmp -s $(E2E)/package-lock.json $(E2E)/node_modules/.installed; then \
	  for n in 1 2 3; do (cd $(E2E) && npm ci --no-audit --no-fund) && break; [ $$n -lt 3 ] || exit 1; sleep 5; done; \
	  cp $(E2E)/package-lock.json $(E2E)/node_modules/.installed; fi

$(GOLANGCI): TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
$(GOVULNCHECK): TOOL := golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
$(GOLANGCI) $(GOVULNCHECK):
	@mkdir -p $@.build
	GOBIN=$@.build CGO_ENABLED=0 go install $(TOOL)
	@mv $@.build/* $@ && rmdir $@.build

.PHONY: generate
generate: ## generate the *_templ.go files from the templates
	@go tool templ generate

.PHONY: generate-diff
generate-diff: ## fail where a committed *_templ.go differs from its template
	@sums() { find . -name '*_templ.go' -not -path '*/node_modules/*' -exec sha256sum {} + | sort -k2; }; \
	before=$$(sums); go tool templ generate >/dev/null; after=$$(sums); \
	if [ "$$before" != "$$after" ]; then \
	  diff <(echo "$$before") <(echo "$$after") || true; \
	  echo "Generated files differ from their templates: run make generate and commit." >&2; exit 1; fi

.PHONY: tidy-diff
tidy-diff: ## fail where go.mod or go.sum is not tidy
	@go mod tidy -diff || { echo "go.mod or go.sum is not tidy: run go mod tidy and commit." >&2; exit 1; }

.PHONY: fmt
fmt: $(GOLANGCI) ## format Go files and templates
	@$(GOLANGCI) fmt ./...
	@go tool templ fmt -fail=false . >/dev/null

.PHONY: vet
vet: ## run go vet
	@go vet ./...

.PHONY: lint
lint: $(GOLANGCI) ## run golangci-lint
	@$(GOLANGCI) run ./...

.PHONY: dup
dup: $(GOLANGCI) ## list code that is written twice
	@$(GOLANGCI) run --enable-only dupl ./...

.PHONY: vuln
vuln: $(GOVULNCHECK) ## list known vulnerabilities of Go and the modules; needs the network
	@$(GOVULNCHECK) ./...

.PHONY: test
test: ## run every check that a change must pass
	@$(MAKE) deps
	@$(MAKE) tidy-diff
	@$(MAKE) generate-diff
	@$(MAKE) vet
	@$(MAKE) lint
	@$(MAKE) test-e2e
	@$(MAKE) test-go

.PHONY: test-go
test-go: ## run the Go tests, with the race detector
	@go test -race -timeout 15m ./...
	@# What it skips: tests of allocations, which the detector changes, and long walks, which it slows down.
	@files=$$(grep -rl --include='*_test.go' 'if raceEnabled {' cmd handlers models views web); \
	names=$$(awk '/^func Test/ { sub(/\(.*/, "", $$2); name = $$2 } /if raceEnabled {/ { print name }' $$files | paste -sd'|'); \
	go test -run "^($$names)$$" $$(dirname $$files | sort -u | sed 's,^,./,')

.PHONY: test-e2e
test-e2e: ## run the browser tests against the built binary
	@if [ -f $(E2E)/package.json ]; then $(MAKE) deps build && cd $(E2E) && \
	  KEYWICKET_BINARY=$(CURDIR)/bin/keywicket npm test --silent; fi

.PHONY: pictures
pictures: ## update the pictures of the documentation
	@$(MAKE) deps build
	@cd $(E2E) && KEYWICKET_BINARY=$(CURDIR)/bin/keywicket KEYWICKET_PICTURES=$(CURDIR)/docs/pictures npx --no-install playwright test --grep @pictures

.PHONY: bench
bench: ## measure a decision, and a page of the list
	@go test -run '^$$' -bench . -benchmem ./models/... ./handlers/...

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (30s)
	@grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r f; do \
	  grep -oE '^func Fuzz[A-Za-z0-9_]+' "$$f" | sed 's/func //' | while read -r t; do \
	    echo "== $$f $$t"; go test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$f")"; \
	  done; done

.PHONY: cover
cover: ## measure the coverage of handlers and views; fails below 80 %
	@go test -count=1 -coverpkg=./handlers/...,./views/... -coverprofile=coverage.out \
	  ./handlers/... ./views/... ./web/... ./cmd/... >/dev/null
	@go tool cover -func=coverage.out | awk -v least=$(COVERAGE) '/^total:/ { sub("%", "", $$3); \
	  printf "coverage of handlers and views: %s %% (at least %s %%)\n", $$3, least; exit $$3 + 0 < least }'

.PHONY: notices
notices: ## update NOTICE and docs/licences.txt
	@.ci/notices

.PHONY: build
build: ## build bin/keywicket, a static binary
	@mkdir -p bin
	@go build -trimpath -tags "$(TAGS)" -ldflags '-s -w -X main.version=$(VERSION) -linkmode external -extldflags "-static"' -o bin/keywicket ./cmd/keywicket

.PHONY: run
run: ## serve on 127.0.0.1:8080 (console) and :8081 (gate), data in ./data
	@go run ./cmd/keywicket

.PHONY: demo
demo: ## serve a temporary sample workspace
	@go run ./cmd/keywicket --demo

.PHONY: clean
clean: ## remove build and coverage files
	@rm -rf bin coverage.*
