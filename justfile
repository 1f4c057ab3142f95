# List recipes.
default:
    @{{ just_executable() }} --list --unsorted

alias t := test
alias c := check

# Build guild into bin/.
[group('build')]
build:
    go build -o bin/guild ./cmd/guild

# Run the tests.
[group('test')]
test *ARGS:
    go test ./... {{ ARGS }}

# Run one CLI script, e.g. `just script run`.
[group('test')]
script NAME:
    go test ./cmd/guild -run 'TestScript/^{{ NAME }}$' -v

# Rewrite the expected output in the CLI scripts.
[group('test')]
update:
    GUILD_UPDATE_SCRIPTS=1 go test ./cmd/guild -run TestScript

# Kill `guild run` at random moments, N times, and look at what is left.
[group('test')]
torture N='200':
    GUILD_TORTURE={{ N }} go test ./cmd/guild -run TestKill -v -timeout 30m

# Wall time of `guild run` over the bare interpreter, in one interleaved run.
[group('bench')]
bench-run: build
    go test ./cmd/guild -run '^$' -bench 'Run$|Needed|List' -benchtime 1x -timeout 30m

# Compile the test guests.
[group('build')]
guests:
    #!/usr/bin/env bash
    set -euo pipefail
    for wat in testdata/guests/*.wat testdata/evil/*.wat; do
        wat2wasm --debug-names -o "${wat%.wat}.wasm" "$wat"
    done

# Rebuild the built-in hooks and the Rust examples.
[group('build')]
hooks:
    .ci/build-hooks

# Everything CI checks, from quick to slow; fails if it changed anything.
[group('check')]
check: fmt vet tidy test clean-tree

[private]
fmt:
    gofmt -l -w .

[private]
vet:
    go vet ./...
    GOOS=wasip1 GOARCH=wasm go vet ./guest-sdk/go/...
    go run honnef.co/go/tools/cmd/staticcheck@2026.1 ./...

[private]
tidy:
    go mod tidy

[private]
clean-tree:
    @test -z "$(git status --porcelain)" || { git status --short; git diff --exit-code; exit 1; }
