# Sourced by check, test and test-long: runs numbered steps, times each, keeps its output in a log. A step fails as well if it
# takes longer than a step may. Stops at the first that fails, unless the script goes on. Besides, what more than one of
# them asks of the manifest.

step_titles=()
step_functions=()
# The numbers of the steps that run beside others, and the process that runs them.
beside_numbers=()
beside_ended=0
beside_lane=
tests_passed=0
# Seconds; several times what the longest step takes. The scripts may set it.
longest_step=1200
# Set by a script whose later steps are worth running after one has failed.
goes_on=
# Of each step that has ended: its title, `ok` or `FAILED`, its seconds, and how many tests passed, with tabs between.
step_results=()
failed_steps=0
ticker=
job=
watch=

# step TITLE FUNCTION: plans a step.
step() {
    step_titles+=("$1")
    step_functions+=("$2")
}

# beside TITLE FUNCTION: plans a step that mostly waits. All of them run in their order, one at a time, from where the
# first is planned, while the other steps run.
beside() {
    step "$1" "$2"
    beside_numbers+=("${#step_titles[@]}")
}

# run_steps NAME: runs the planned steps; NAME is the script's.
run_steps() {
    name=$1
    total=${#step_titles[@]}
    logs="${CARGO_TARGET_DIR:-target}/logs/$name"
    local number head began status
    mkdir -p "$logs"
    rm -f "$logs"/*.ended
    trap 'stop_ticker; stop_lane; stop_job' EXIT
    trap 'exit 130' INT TERM
    SECONDS=0
    for ((number = 1; number <= total; number++)); do
        if is_beside "$number"; then
            [[ -n $beside_lane ]] || start_lane
            continue
        fi
        head=$(step_head "$number")
        began=$SECONDS
        printf '%s' "$head"
        start_ticker "$head" "$(step_log "$number")"
        # Not in an `if`: there bash would ignore `set -e` inside the step.
        set +e
        run_step "${step_functions[number - 1]}" "$(step_log "$number")"
        status=$?
        set -e
        stop_ticker
        end_step "$number" "$status" $((SECONDS - began))
        end_beside
    done
    while ((beside_ended < ${#beside_numbers[@]})); do
        sleep 1
        end_beside
    done
    if ((failed_steps == 0)); then
        printf 'scripts/%s: all %d steps passed in %d s\n' "$name" "$total" "$SECONDS"
    else
        printf 'scripts/%s: %d of %d steps failed, in %d s\n' "$name" "$failed_steps" "$total" "$SECONDS"
    fi
}

step_head() { printf '[%2d/%d] %-44s' "$1" "$total" "${step_titles[$1 - 1]}"; }
step_log() { printf '%s/%d-%s.log' "$logs" "$1" "${step_functions[$1 - 1]}"; }

# end_step NUMBER STATUS SECONDS: says how a step ended, and ends the script if the step failed and the script does not go on.
end_step() {
    local number=$1 status=$2 seconds=$3 log passed result=ok
    log=$(step_log "$number")
    passed=$(count_passed "$log")
    ((status == 0)) || result=FAILED
    step_results+=("${step_titles[number - 1]}"$'\t'"$result"$'\t'"$seconds"$'\t'"$passed")
    tests_passed=$((tests_passed + passed))
    if ((status != 0)); then
        failed_steps=$((failed_steps + 1))
        printf 'FAILED after %d s\n\n' "$seconds"
        tail -n 60 "$log"
        tell_failed "$log"
        tell_hanging "$log"
        printf '\nscripts/%s: step %d of %d failed: %s; its whole output is in %s\n' \
            "$name" "$number" "$total" "${step_titles[number - 1]}" "$log" >&2
        [[ -n $goes_on ]] || exit 1
        return 0
    fi
    printf 'ok %4d s' "$seconds"
    ((passed == 0)) || printf '   %d tests' "$passed"
    printf '\n'
}

is_beside() {
    local number
    for number in "${beside_numbers[@]}"; do ((number != $1)) || return 0; done
    return 1
}

# Runs the steps that run beside others, until one fails. Each leaves its status and its seconds.
start_lane() {
    (
        trap stop_job EXIT
        trap 'exit 143' TERM
        for number in "${beside_numbers[@]}"; do
            began=$SECONDS
            set +e
            run_step "${step_functions[number - 1]}" "$(step_log "$number")"
            status=$?
            set -e
            printf '%d %d\n' "$status" $((SECONDS - began)) >"$logs/$number.new"
            mv "$logs/$number.new" "$logs/$number.ended"
            ((status == 0)) || [[ -n $goes_on ]] || exit 1
        done
    ) </dev/null &
    beside_lane=$!
}

stop_lane() {
    [[ -z $beside_lane ]] || kill "$beside_lane" 2>/dev/null || true
    beside_lane=
}

# Says how those steps ended that ran beside others and have ended since the last time.
end_beside() {
    local number status seconds
    while ((beside_ended < ${#beside_numbers[@]})); do
        number=${beside_numbers[beside_ended]}
        [[ -e $logs/$number.ended ]] || return 0
        beside_ended=$((beside_ended + 1))
        read -r status seconds <"$logs/$number.ended"
        step_head "$number"
        end_step "$number" "$status" "$seconds"
    done
}

# Runs one step in a process group of its own, which ends with it, at the latest when a step has to.
run_step() {
    local function=$1 log=$2 status
    set -m
    (set -e; "$function") </dev/null >"$log" 2>&1 &
    job=$!
    (
        sleep "$longest_step"
        printf '\nnot done after %d s, and ended; it was running:\n' "$longest_step" >>"$log"
        ps -e -o pgid=,pid=,etime=,args= | awk -v group="$job" '$1 == group' >>"$log"
        kill -KILL -- -"$job"
    ) </dev/null >/dev/null 2>&1 &
    watch=$!
    set +m
    wait "$job" 2>/dev/null
    status=$?
    stop_job
    return "$status"
}

# Ends what is left of the step, and who watches over it.
stop_job() {
    local group
    for group in $watch $job; do kill -KILL -- -"$group" 2>/dev/null || true; done
    [[ -z $watch ]] || wait "$watch" 2>/dev/null || true
    job=
    watch=
}

# Shows the tests of Node that failed. They stand where they ran, far above the end of the log.
tell_failed() {
    awk '/^ *not ok / { left = 16; print "" } left > 0 { left--; print }' "$1" | tail -n 120
}

# Names the tests that were slow and of which no end is in the log.
tell_hanging() {
    awk '/ has been running for over / { slow[$2] } $1 == "test" && / \.\.\. / { delete slow[$2] }
         END { for (name in slow) print "not ended: " name }' "$1"
}

# Sums up what the test runs in a log report: cargo's, Node's, and Python's, whose failures end the step.
count_passed() {
    awk '/^test result:/ { passed += $4 } /^# pass / { passed += $3 } /^Ran [0-9]+ tests? in / { passed += $2 }
         END { print passed + 0 }' "$1"
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

# The names under [features], but for `default`.
feature_names() {
    awk '/^\[/ { inside = /^\[features\]/ } inside && /^[a-z][a-z0-9_-]* *=/ && $1 != "default" { print $1 }' Cargo.toml
}

# The oldest Rust that the manifest allows.
minimal_rust() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml; }

formatting() { cargo fmt --all --check; }
# Of the crate alone: `benches/scale` is built from the root as well, with the default features, which would be on here.
lints_none() { cargo clippy --locked --package device-grant --lib --tests --no-default-features -- -D warnings; }
# Lints with each of these features alone, without the dev-dependencies, which would turn on features of their own.
features_alone() {
    local name
    for name in "$@"; do
        printf '== %s\n' "$name"
        cargo clippy --locked --quiet --package device-grant --lib --no-default-features --features "$name" -- -D warnings
    done
}
documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --all-features; }
