#!/usr/bin/env bash
# Runs tests again and again, to find those that are red by chance.
#   tests/repeat.sh suite      the whole suite ten times: six on a quiet machine, three beside two processes that keep both cores busy, one with the page cache dropped before it (as root)
#   tests/repeat.sh slowest [PROJECT...]    the thirty slowest tests and all tests of several processes, fifty times each (RUNS=50); of all projects, or of some
# It writes its log to a folder of artifacts/repeat/ that is named like its arguments, ends at the first failure with the output of that run, and needs a built tree.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

out=artifacts/repeat/$(IFS=-; echo "$*")
log=$out/log.txt
mkdir -p "$out"
busy=()
trap 'quiet' EXIT
say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$1" | tee -a "$log"; }
# Only what was started here.
quiet() { for pid in "${busy[@]}"; do kill "$pid" 2> /dev/null; wait "$pid" 2> /dev/null; done; busy=(); }
load() { for _ in 1 2; do sh -c 'while :; do :; done' & busy+=($!); done; }

# run NAME COMMAND...: one line in the log; the output is kept where it failed.
run() {
    local name=$1 began=$SECONDS
    shift
    if "$@" > "$out/run.txt" 2>&1; then
        say "$name: green, $((SECONDS - began)) s, $(grep -oE 'Passed: +[0-9]+' "$out/run.txt" | grep -oE '[0-9]+' | awk '{ s += $1 } END { print s + 0 }') passed"
    else
        say "$name: RED, $((SECONDS - began)) s; $out/run.txt has its output"
        grep -E '^ +Failed ' "$out/run.txt" | tee -a "$log"
        exit 1
    fi
}

suite() {
    for i in $(seq "${QUIET:-6}"); do run "suite, quiet, $i" dotnet test Functions.sln --no-build; done
    load
    for i in $(seq "${BUSY:-3}"); do run "suite, both cores busy, $i" dotnet test Functions.sln --no-build; done
    quiet
    sync
    echo 3 > /proc/sys/vm/drop_caches
    run 'suite, page cache dropped' dotnet test Functions.sln --no-build
}

# The names are those of tests/README.md, which tests/times.mjs writes.
slowest() {
    node tests/times.mjs --list | while read -r project filter; do
        [ $# -eq 0 ] || [[ " $* " == *" $project "* ]] || continue
        for i in $(seq "${RUNS:-50}"); do run "$project, $i" dotnet test "tests/$project" --no-build --filter "$filter" || exit 1; done
    done
}

case ${1:-} in
    suite) suite ;;
    slowest) slowest "${@:2}" ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
