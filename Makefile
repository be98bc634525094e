.PHONY: run test check fmt bench prove gate-power gate-real

# Measure the scenario matrix against the bundled mock.
run:
	go run ./cmd/weighbridge run

# The race detector looks at everything but what draws, compresses and knows no goroutine: that takes
# it five times as long as all the rest of a run.
DRAWING = gonum.org/v1/plot/... golang.org/x/image/... git.sr.ht/... github.com/golang/freetype/... image/... compress/...
RACE = -race $(foreach package,$(DRAWING),-gcflags=$(package)=-race=false)

# Everything that does not depend on the machine being quiet.
test:
	go test $(RACE) ./...
	cd $(SDK) && go test -race ./...

# The official SDKs are a module of their own, out of the program's graph.
SDK = mockserver/sdk

# Tools are pinned in a module of their own, out of the program's graph.
TOOL = go tool -modfile=tools/go.mod

# What a change must pass before it is tested.
check:
	@test -z "$$($(TOOL) gofumpt -l .)" || { $(TOOL) gofumpt -l .; echo "run make fmt"; exit 1; }
	for os in linux darwin windows; do echo "go vet for $$os"; GOOS=$$os go vet ./... || exit; done
	go vet -tags prove ./...
	$(TOOL) staticcheck -tags prove ./...
	go mod tidy -diff
	cd tools && go mod tidy -diff
	$(TOOL) actionlint -shellcheck= -pyflakes= tools/example-workflow/*.yml
	cd $(SDK) && go mod tidy -diff && go vet ./...
	go test -run TestImportsPointOneWay ./cmd/weighbridge

fmt:
	$(TOOL) gofumpt -w .

# What a prompt costs the generator, and a record the reports.
bench:
	go test -run '^$$' -bench . ./bench/attack ./bench/record ./reports ./mockserver

# Real-time truths, on a quiet machine.
prove:
	go test -tags prove -run Prove -count 1 -v ./bench ./bench/attack ./mockserver

# What a gate calls and misses, on paper: many gates under the noise of bench/gate/NOISE.md.
gate-power:
	go test -run TestGatePower -count 1 -v -timeout 30m ./bench/gate -args -power-runs 2000

# The same on real load, on a quiet machine: 40 gates on the mock against itself, and 40 on one that is 10% slower.
gate-real:
	go test -tags prove -run TestGateReal -count 1 -v -timeout 60m ./cmd/weighbridge -args -gate-real-runs 40
