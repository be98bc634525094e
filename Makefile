.PHONY: run test check fmt prove

# Measure the scenario matrix against the bundled mock.
run:
	go run ./cmd/weighbridge run

# Everything that does not depend on the machine being quiet.
test:
	go test -race ./...

# What a change must pass before it is tested.
check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run make fmt"; exit 1; }
	go vet ./...
	go vet -tags prove ./...
	go mod tidy -diff

fmt:
	gofmt -w .

# Real-time truths, on a quiet machine.
prove:
	go test -tags prove -run Prove -count 1 -v ./bench
