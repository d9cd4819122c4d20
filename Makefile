# adsync: make help lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build demo test lint unit windows soak bench fuzz golden dist clean prepare tools

GOLANGCI := v2.15.0
GOTESTSUM := v1.13.0
FUZZTIME ?= 30s

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md | head -1)
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export CGO_ENABLED ?= 1
GOBUILD = CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X adsync/commands.release=$(VERSION) -X adsync/commands.revision=$(REVISION)'

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "%-9s %s\n", $$1, $$2}' Makefile

build: ## build bin/adsync for this system
	@mkdir -p bin
	$(GOBUILD) -o bin/adsync .

demo: build ## build, and run the main job on the embedded sandbox
	@testdata/demo.sh bin/adsync

test: prepare lint unit ## install what is missing, and run everything

prepare: ## install what the tests need and may install
	@testdata/prepare.sh

tools: .bin/golangci-lint-$(GOLANGCI) .bin/gotestsum-$(GOTESTSUM)

.bin/golangci-lint-$(GOLANGCI):
	@mkdir -p .bin
	GOBIN=$(CURDIR)/.bin CGO_ENABLED=0 go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	@mv .bin/golangci-lint $@

.bin/gotestsum-$(GOTESTSUM):
	@mkdir -p .bin
	GOBIN=$(CURDIR)/.bin CGO_ENABLED=0 go install gotest.tools/gotestsum@$(GOTESTSUM)
	@mv .bin/gotestsum $@

lint: tools ## lint for linux and for windows
	go mod tidy -diff
	.bin/golangci-lint-$(GOLANGCI) run ./...
	CGO_ENABLED=0 GOOS=windows .bin/golangci-lint-$(GOLANGCI) run ./...

windows: ## run the windows tests alone, under Wine
	go test -count=1 -v ./commands/winetest

unit: tools ## run the tests of this system
	.bin/gotestsum-$(GOTESTSUM) --format pkgname-and-test-fails --format-hide-empty-pkg -- -shuffle=on -timeout 25m ./...

soak: ## what takes long: kills, faults, random plans
	ADSYNC_SOAK=1 go test -count=1 -timeout 120m -run 'Soak|Kill|Fault|Random|Converge|Sequences|Unproven' ./...

bench: ## benchmarks
	go test -run '^$$' -bench . -benchmem -timeout 90m ./...

fuzz: ## each fuzz target for FUZZTIME
	@testdata/fuzz.sh $(FUZZTIME)

golden: ## write the golden files anew; read the difference before committing it
	go test ./commands ./core/config ./core/schedule -update

dist: ## zips for windows, a tar for linux, and their checksums, in dist/
	@EPOCH=$(EPOCH) GOBUILD="$(GOBUILD)" testdata/dist.sh

clean: ## remove what was built
	rm -rf bin dist
