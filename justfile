# List recipes.
default:
    @{{ just_executable() }} --list --unsorted

alias t := test
alias c := check

# Build guild into bin/.
[group('build')]
build:
    CGO_ENABLED=0 go build -o bin/guild ./cmd/guild

# Rebuild the test guests from their text (needs wat2wasm).
[group('build')]
guests:
    .ci/build-guests

# Rebuild the built-in hooks and the Rust examples (needs Rust for wasm32-unknown-unknown).
[group('build')]
hooks:
    .ci/build-hooks
    cp guest-sdk/rust/examples/*.wasm testdata/projects/tour/hooks/

# Run the tests.
[group('test')]
test *ARGS:
    go test ./... {{ ARGS }}

# Run one CLI script, e.g. `just script run_any`.
[group('test')]
script NAME:
    go test ./cmd/guild -run 'TestScript/^{{ NAME }}$' -v

# Rewrite the expected output in the CLI scripts and in README.md.
[group('test')]
update:
    GUILD_UPDATE_SCRIPTS=1 GUILD_UPDATE_README=1 go test -count=1 ./cmd/guild -run 'TestScript|TestReadme'

# Kill `guild run` at random moments, N times, and look at what is left.
[group('test')]
torture N='200':
    GUILD_TORTURE={{ N }} go test ./cmd/guild -run 'TestKill|TestRestartOnce' -v -timeout 30m

# Run batches on a real Slurm, which is started for it (as root; Debian packages slurm-wlm and munge).
[group('test')]
slurm:
    GUILD_TEST_SLURM=1 go test -count=1 -timeout 20m ./runtime/batch/slurm
    GUILD_TEST_SLURM=1 go test -count=1 -timeout 20m -v -run '^TestSlurm$' ./cmd/guild

# Run one fuzz target, e.g. `just fuzz FuzzParse 10m`.
[group('test')]
fuzz TARGET TIME='1m':
    #!/usr/bin/env bash
    set -euo pipefail
    files=$(git grep -lE '^func {{ TARGET }}\(' -- '*_test.go') || { echo "there is no {{ TARGET }}" >&2; exit 1; }
    for file in $files; do
        go test -run '^$' -fuzz '^{{ TARGET }}$' -fuzztime {{ TIME }} "./$(dirname "$file")"
    done

# Wall time of whole commands: of `guild run` over the bare interpreter, of hooks over none. They take turns.
[group('bench')]
bench-run ROUNDS='31':
    GUILD_BENCH_RUN='{{ ROUNDS }}' go test ./cmd/guild -run '^TestBenchRun$' -count 1 -v -timeout 30m

# What a trial costs over the bare start of its process, serial and two at a time, without hooks and with one; and 10,000 trials, staged and
# listed. Much of it is the file system: TMPDIR says where.
[group('bench')]
bench-batch ROUNDS='5':
    GUILD_BENCH_BATCH='{{ ROUNDS }}' go test ./cmd/guild -run '^TestBenchBatch$' -count 1 -v -timeout 30m

# Time of lock and verify over that of b3sum on the same files, taking turns. SCALE 1 is one file of 2 GiB, 20,000 of 4 KiB,
# 2,000 of 1 MiB, and a mix.
[group('bench')]
bench-lock SCALE='0.25' ROUNDS='7': build
    GUILD_BENCH_LOCK='{{ SCALE }} {{ ROUNDS }}' go test ./cmd/guild -run '^TestBenchLock$' -count 1 -v -timeout 2h

# What hooks cost and what attacks can do, as tables; fails if an aim is missed. E.g. `just bench-hooks -only event,meter`.
[group('bench')]
[working-directory('testdata/bench/hooks')]
bench-hooks *ARGS:
    go run . {{ ARGS }}

# What is quick to check and fails first; changes what it can.
[group('check')]
check: fmt vet tidy test clean-tree

# Everything that CI checks.
[group('check')]
ci:
    .ci/run

[private]
fmt:
    gofmt -l -w $(git ls-files '*.go')

[private]
vet:
    go vet ./...
    GOOS=wasip1 GOARCH=wasm go vet ./guest-sdk/go/...
    go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

[private]
tidy:
    go mod tidy

[private]
clean-tree:
    @test -z "$(git status --porcelain)" || { git status --short; git diff --exit-code; exit 1; }
