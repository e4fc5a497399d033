# Sourced by check, test and test-long: runs numbered steps, times each, keeps its output in a log, stops at the first
# that fails.

step_titles=()
step_functions=()
tests_passed=0
ticker=

# step TITLE FUNCTION: plans a step.
step() {
    step_titles+=("$1")
    step_functions+=("$2")
}

# run_steps NAME: runs the planned steps; NAME is the script's.
run_steps() {
    local name=$1 total=${#step_titles[@]} number head log began status
    local logs="${CARGO_TARGET_DIR:-target}/logs/$name"
    mkdir -p "$logs"
    trap stop_ticker EXIT
    SECONDS=0
    for ((number = 1; number <= total; number++)); do
        log="$logs/$number-${step_functions[number - 1]}.log"
        head=$(printf '[%2d/%d] %-44s' "$number" "$total" "${step_titles[number - 1]}")
        began=$SECONDS
        printf '%s' "$head"
        start_ticker "$head" "$log"
        # Not in an `if`: there bash would ignore `set -e` inside the step.
        set +e
        (set -e; "${step_functions[number - 1]}") </dev/null >"$log" 2>&1
        status=$?
        set -e
        stop_ticker
        if ((status != 0)); then
            printf 'FAILED after %d s\n\n' $((SECONDS - began))
            tail -n 60 "$log"
            printf '\nscripts/%s: step %d of %d failed: %s; its whole output is in %s\n' \
                "$name" "$number" "$total" "${step_titles[number - 1]}" "$log" >&2
            exit 1
        fi
        printf 'ok %4d s%s\n' $((SECONDS - began)) "$(describe_tests "$log")"
        tests_passed=$((tests_passed + $(count_passed "$log")))
    done
    printf 'scripts/%s: all %d steps passed in %d s\n' "$name" "$total" "$SECONDS"
}

# Sums up what the test runs in a log report: cargo's, Node's, and Python's, whose failures end the step.
count_passed() {
    awk '/^test result:/ { passed += $4 } /^# pass / { passed += $3 } /^Ran [0-9]+ tests? in / { passed += $2 }
         END { print passed + 0 }' "$1"
}

describe_tests() {
    local passed
    passed=$(count_passed "$1")
    ((passed == 0)) || printf '   %d tests' "$passed"
}

# On a terminal, shows the seconds and the last line of the log while a step runs.
start_ticker() {
    [[ -t 1 ]] || return 0
    local head=$1 log=$2 began=$SECONDS
    while sleep 1; do
        printf '\r\033[K%s%4d s  %.60s' "$head" $((SECONDS - began)) "$(tail -n 1 "$log" | tr -d '\r\033')"
    done &
    ticker=$!
    printf '\r\033[K%s' "$head"
}

stop_ticker() {
    [[ -n $ticker ]] || return 0
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    ticker=
    printf '\r\033[K%s' "${head-}"
}
