# shellcheck shell=bash
# A hundred thousand NAT sessions through real devices. Sourced by run.sh.

# shellcheck source=bench/sessions_lab.sh
source "$ROOT/bench/sessions_lab.sh"

bench_kernel_sessions() {
    make_sessions_lab kernel-sessions
    ip netns exec "$CLIENT" python3 "$ROOT/bench/kernel_sessions.py" "$SERVER_PID" "$FOLDER/out"
    grep -o 'drops .*' "$FOLDER/log" | tail -1 || true
}
