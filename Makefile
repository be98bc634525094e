.PHONY: run claims test check check-program check-modules fmt fuzz bench bench-peers prove gate-power gate-real

# Measure the scenario matrix against the bundled mock.
run:
	go run ./cmd/weighbridge run

# Measure every claim of the catalog, and write the table that README links to. It takes a quarter of an hour on a quiet
# machine; what results/claims holds of this build is not measured again.
claims:
	mkdir -p results && go run ./cmd/weighbridge claims --format markdown >results/claims.tmp && mv results/claims.tmp scenarios/CLAIMS.md

# The tests of the command line and of reports take longest. Those with CONCURRENT in their names need the race detector, under
# which a run or a report takes three times as long, and all others run without it.
SPLIT = weighbridge/cmd/weighbridge weighbridge/reports
CONCURRENT = Concurrent
# Packages that start no goroutines. Where others use them, in goroutines of their own, the race detector sees what they do. None of
# their tests has CONCURRENT in its name. go test begins with what it is given first: those that take longest come first, so that
# no core waits for them at the end.
PURE = weighbridge/scenarios weighbridge/bench/gate weighbridge/bench/stat weighbridge/bench/figures weighbridge/bench/forecast \
	weighbridge/bench/record weighbridge/bench/record/reasons weighbridge/bench/schedule weighbridge/target/dialect \
	$(filter weighbridge/reports/% weighbridge/scenarios/%,$(PACKAGES))
# Listed once, and only where it is used.
PACKAGES = $(eval PACKAGES := $(shell go list ./...))$(PACKAGES)
LONGEST = weighbridge/mockserver weighbridge/cmd/weighbridge/field weighbridge/bench/attack weighbridge/bench weighbridge/target/transport
RACED = $(LONGEST) $(filter-out $(LONGEST) $(PURE) $(SPLIT),$(PACKAGES))

# Under the race detector too, packages that draw, compress and calculate are built without it, which would take five times as
# long as all other tests together. They start no goroutines either. (Of a package that does start some, it would see the reads
# and writes and not the locks between them.)
UNRACED = gonum.org/v1/plot/... golang.org/x/image/... git.sr.ht/... github.com/golang/freetype/... image/... compress/... hash/... \
	crypto/ecdh crypto/internal/fips140/... gonum.org/v1/gonum/... \
	weighbridge/bench/stat weighbridge/bench/figures weighbridge/bench/gate weighbridge/reports/plot/indexed
RACE = -race $(foreach package,$(UNRACED),-gcflags=$(package)=-race=false)

# The official SDKs have a module of their own, so that the program does not depend on them. Their tests run without the
# race detector, for which the SDKs take minutes to build, and the SDKs themselves are built without optimization, in half the
# time.
SDK = mockserver/sdk
SDK_FLAGS = $(foreach package,github.com/anthropics/... github.com/openai/...,"-gcflags=$(package)=-N -l -dwarf=false")

# The tools are pinned in a module of their own, so that the program does not depend on them.
TOOL = go tool -modfile=tools/go.mod

# The groups of tests, one after another, as large ones keep each other waiting: the first takes about as long as the others
# together. The small ones leave processors idle, and are tested beside each other. Each test is in one group: a test holds that.
# What go test would vet, make check has vetted. Three packages are tested at once, as many of their tests wait for a
# server, a browser, a program or a clock.
GROUPS = test-raced test-unraced
SMALL_GROUPS = test-concurrent test-sdk
ALL_GROUPS = $(GROUPS) $(SMALL_GROUPS)
GO_TEST = $(TOOL) gotestsum --format standard-quiet --jsonfile "$(LOGS)/$@" --raw-command -- go test
GO_TEST_FLAGS = -json -vet=off
LOGS ?= $(or $(TMPDIR),/tmp)
.PHONY: $(ALL_GROUPS)
test-concurrent:
	@$(GO_TEST) $(GO_TEST_FLAGS) $(RACE) -run '$(CONCURRENT)' $(SPLIT)
test-unraced:
	@$(GO_TEST) $(GO_TEST_FLAGS) -p 3 -skip '$(CONCURRENT)' $(SPLIT) $(PURE)
test-raced:
	@$(GO_TEST) $(GO_TEST_FLAGS) -p 3 $(RACE) $(RACED)
test-sdk:
	@$(GO_TEST) -C $(SDK) $(GO_TEST_FLAGS) $(SDK_FLAGS) ./...

# Tests and compilers make much garbage: to collect it less often saves a tenth of all their time. The limit is for the
# compilers of the SDKs, which take over a gigabyte each.
check-program check-modules test $(ALL_GROUPS): export GOGC = 400
check-program check-modules: export GOMEMLIMIT = 1536MiB

# By default a program under the race detector sleeps for a second before it ends: each test binary, and each weighbridge that a
# test starts.
test $(ALL_GROUPS): export GORACE = atexit_sleep_ms=0

# Everything that does not need a quiet machine. It prints go test's own lines, and then the five slowest tests. All groups run,
# whichever fails.
test:
	@logs=$$(mktemp -d) && trap 'rm -rf "$$logs"' EXIT && failed= && \
	{ $(MAKE) --no-print-directory -k LOGS="$$logs" $(GROUPS) || failed=yes; } && \
	{ $(MAKE) --no-print-directory -k -j2 LOGS="$$logs" $(SMALL_GROUPS) || failed=yes; } && \
	echo "The five slowest tests, subtests included in theirs:" && \
	cat "$$logs"/* | $(TOOL) gotestsum tool slowest --threshold 1ms | grep -v ' .*/' | sed -n 1,5p && [ -z "$$failed" ]

# Everything a change must pass before it is tested, in two halves that build little in common: make -j2 check does both at
# once, as neither keeps two cores busy. The first builds with the flags of make test, so that both share one build.
check: check-program check-modules

check-program:
	@echo "go vet" && go vet $(RACE) -tags prove ./...
	@echo "staticcheck" && bin=$$($(TOOL) -n staticcheck) && GOFLAGS="$(RACE)" "$$bin" -tags prove ./...

# The tools first, as check-program needs one of them.
check-modules:
	@test -z "$$($(TOOL) gofumpt -l .)" || { $(TOOL) gofumpt -l .; echo "run make fmt"; exit 1; }
	@$(TOOL) -n staticcheck >/dev/null
	cd tools && go vet ./... && go test ./peers && go run ./typecheck .. darwin windows
	go mod tidy -diff
	cd tools && go mod tidy -diff
	$(TOOL) actionlint -shellcheck= -pyflakes= tools/example-workflow/*.yml
	cd $(SDK) && go mod tidy -diff && go vet $(SDK_FLAGS) ./...

fmt:
	$(TOOL) gofumpt -w .

# What the lean transports make of a hostile server beside net/http, for some ten minutes each. Inputs are counted, because Go
# before 1.27 may end a fuzz by time with "context deadline exceeded" (go.dev/issue/75804).
fuzz:
	go test -run '^$$' -fuzz '^FuzzTransportsAgree$$' -fuzztime 500000x -timeout 0 ./target/transport
	go test -run '^$$' -fuzz '^FuzzHTTP2TransportsAgree$$' -fuzztime 500000x -timeout 0 ./target/transport

# Benchmarks: the generator's cost per prompt, the reports' per record.
bench:
	go test -run '^$$' -bench . ./bench/attack ./bench/record ./reports ./mockserver

# Weighbridge beside other load generators, on a quiet machine, in some 18 minutes; fewer with PEERS="-open-seconds 4 -repetitions 3".
bench-peers:
	cd tools && go build -o ../results/peers ./peers
	go build -o results/weighbridge ./cmd/weighbridge
	results/peers -install -weighbridge results/weighbridge -out bench/PEERS.md $(PEERS)

# Tests that measure real time; they need a quiet machine.
prove:
	go test -tags prove -timeout 20m -run 'Prove|ThirtyKilledMocks' -count 1 -v ./bench ./bench/attack ./reports ./cmd/weighbridge ./cmd/weighbridge/field ./mockserver

# How often a gate is right, simulated: its false alarms and its power under the noise of bench/gate/NOISE.md.
gate-power:
	go test -run "TestGateFalseAlarms|TestGatePower" -count 1 -v -timeout 60m ./bench/gate -args -power-runs 2000

# The same under real load, on a quiet machine: 40 gates of the mock against itself, and 40 against one that is 10% slower.
gate-real:
	go test -tags prove -run TestGateReal -count 1 -v -timeout 60m ./cmd/weighbridge -args -gate-real-runs 40
