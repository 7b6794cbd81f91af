# shellcheck shell=bash
# Runs the test projects, side by side where they do not disturb each other, and sums them up. Sourced by run.sh.

SOLUTION=UdpTun.Actors.sln
RESULTS=$ROOT/artifacts/test-results
# A project that hangs is ended, so that the whole run stays bounded.
PROJECT_LIMIT=1500
# Those whose tests wait for programs most of the time; the other projects' compute.
WAITING=(UdpTun.Comparison.Tests UdpTun.Linux.Tests UdpTun.Browser.Tests)

run_tests() {
    local ci=
    if [[ ${1:-} == --ci ]]; then
        ci=1
        shift
    fi
    [[ $# -eq 0 ]] || fail "'test' takes --ci and nothing else, not '$1'" 2

    # shellcheck source=scripts/package.sh
    source "$ROOT/scripts/package.sh"
    if [[ -z ${UDPTUN_IN_USER_NAMESPACE:-} ]]; then
        need ip nft iptables-nft ping socat setpriv sysctl conntrack traceroute natpmpc strace gcc iperf3 wireguard-go wg tshark turnserver chromium
        need "${PACKAGE_TOOLS[@]}"
        need_c_headers
        need_cipher_library
        build "$SOLUTION"
        # Inside a user namespace there is no network to restore packages from.
        if ! try_namespace >/dev/null; then build_package; fi
    fi
    # Without namespaces the tests that need them skip themselves and say why.
    enter_namespaces test ${ci:+--ci} || true
    need_dotnet

    local passed=0 failed=0 skipped=0 trouble=0 lane
    rm -rf "$RESULTS"
    mkdir -p "$RESULTS"
    # Side by side: some tests compute, others wait for processes. Lanes are process groups of their own, or bash would let their tests ignore Ctrl+C.
    set -m
    LANES=()
    trap 'kill_lanes' EXIT
    start_lane run_projects "${WAITING[@]}"
    start_lane run_projects $(cd "$ROOT/tests" && printf '%s\n' *.Tests | grep -vxF "$(printf '%s\n' "${WAITING[@]}" UdpTun.EndToEnd.Tests)")
    start_lane package_beside >"$RESULTS/package.log" 2>&1
    for lane in "${LANES[@]}"; do wait "$lane" || trouble=1; done
    LANES=()
    cat "$RESULTS/package.log"
    [[ -z $ci ]] || start_lane check_format >"$RESULTS/format.log" 2>&1
    set +m

    run_project UdpTun.EndToEnd.Tests
    # The other half of the matrix: what a kernel without offload gets. The environment reaches every program that a test starts; what a test
    # sets itself wins over it. Tests that would see the same again are left out (OffloadPass).
    [[ -z $ci ]] || UDPTUN__TUN__OFFLOAD=off UDPTUN__UDP__OFFLOAD=off \
        run_project UdpTun.EndToEnd.Tests '-offload-off' --filter 'Offload!=own&Offload!=unused'

    for lane in "${LANES[@]}"; do wait "$lane" || trouble=1; done
    LANES=()
    [[ -z $ci ]] || cat "$RESULTS/format.log"
    local counts
    for counts in "$RESULTS"/*.counts; do
        local good bad left
        read -r good bad left <"$counts"
        passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
    done
    [[ $failed -eq 0 ]] || trouble=1
    if [[ -n $ci && $skipped -gt 0 ]]; then
        trouble=1
        printf 'A skipped test proves nothing here: this run counts as failed.\n'
    fi
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    exit "$trouble"
}

start_lane() {
    "$@" </dev/null &
    LANES+=($!)
}

kill_lanes() {
    local lane
    for lane in "${LANES[@]}"; do kill -- "-$lane" 2>/dev/null || true; done
}

# What the end-to-end tests install.
package_beside() {
    give_way
    [[ -n ${UDPTUN_IN_USER_NAMESPACE:-} ]] || build_package
}

check_format() {
    give_way
    cd "$ROOT"
    step 'checking the format' dotnet format "$SOLUTION" --verify-no-changes --no-restore
}

# Tests have times to keep, and run beside this.
give_way() {
    renice -n 10 -p "$BASHPID" >/dev/null
}

run_projects() {
    local project
    for project in "$@"; do run_project "$project"; done
}

# run_project NAME [VARIANT [OPTION...]]: leaves what passed, failed and was skipped in a file for its caller, who may run several at once. The
# counts come from the result file; a run without one is a failure.
run_project() {
    local name=$1 run=$1${2:-} started=$SECONDS code=0
    local log=$RESULTS/$run.log report=$RESULTS/$run.trx
    (cd "$ROOT" && timeout --kill-after=10 "$PROJECT_LIMIT" dotnet test "tests/$name" --configuration "$CONFIGURATION" --no-build --nologo \
        --logger "trx;LogFileName=$run.trx" --results-directory "$RESULTS" "${@:3}") </dev/null >"$log" 2>&1 || code=$?

    local total=0 executed=0 good=0 bad=0
    if [[ -s $report ]]; then
        total=$(counter total "$report")
        executed=$(counter executed "$report")
        good=$(counter passed "$report")
        bad=$((executed - good))
    fi
    # A crash or the time limit ends a run without naming a test.
    if [[ $bad -eq 0 && ($code -ne 0 || $total -eq 0) ]]; then bad=1; fi

    printf '%-38s %4d passed %4d failed %4d skipped %5d s\n' "$run" "$good" "$bad" "$((total - executed))" "$((SECONDS - started))"
    if [[ $bad -gt 0 ]]; then
        cat "$log"
        [[ $code -ne 124 && $code -ne 137 ]] || printf '%s was ended after %d s.\n' "$run" "$PROJECT_LIMIT"
    elif [[ $total -gt $executed ]]; then
        tell_skips "$report"
    fi
    printf '%d %d %d\n' "$good" "$bad" "$((total - executed))" >"$RESULTS/$run.counts"
}

# counter NAME FILE: one attribute of <Counters .../>.
counter() {
    grep -o '<Counters [^>]*' "$2" | grep -oE " $1=\"[0-9]+\"" | grep -oE '[0-9]+'
}

# tell_skips FILE: each skipped test and its reason. The console tells the names alone.
tell_skips() {
    awk '/outcome="NotExecuted"/ { skipped = 1; sub(/.*testName="/, ""); sub(/".*/, ""); name = $0 }
        skipped && /<Message>/ { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, ""); print "    skipped " name ": " $0; skipped = 0 }' "$1"
}

# Packets or texts that each of the fuzzing tests is given.
SOAK_INPUTS=10000000

# The property tests take from the environment how long each tries new cases, whatever number of cases it names itself; the fuzzing
# tests, how many inputs.
run_soak() {
    local seconds=${1:-60} project trouble=0
    [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "'soak' takes a number of seconds, not '$seconds'" 2
    build "$SOLUTION"
    for project in $(cd "$ROOT" && grep -rlE 'CsCheck|Testing\.Fuzzing' --include='*.cs' tests/*.Tests | cut -d/ -f1,2 | sort -u); do
        printf '%s, %d s for each property, %d inputs for each parser\n' "$(basename "$project")" "$seconds" "$SOAK_INPUTS"
        (cd "$ROOT" && CsCheck_Time=$seconds UDPTUN_FUZZ_INPUTS=$SOAK_INPUTS UDPTUN_SIMULATION_STEPS=1000000 dotnet test "$project" --configuration "$CONFIGURATION" --no-build --nologo) ||
            trouble=1
    done
    exit "$trouble"
}
