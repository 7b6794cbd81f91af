# shellcheck shell=bash
# What it costs to look at a server: the live page, 'flows --watch' and 'flows' beside an echo. Sourced by run.sh.

# shellcheck source=bench/sessions_lab.sh
source "$ROOT/bench/sessions_lab.sh"

bench_page() {
    make_sessions_lab page --set udptun.page.open=at-start
    ip netns exec "$INTERNET" python3 "$ROOT/bench/page_cost.py" echo 203.0.113.10 &
    PIDS+=($!)
    ip netns exec "$CLIENT" python3 "$ROOT/bench/page_cost.py" measure "$SERVER_PID" "/run/netns/$SERVER" "$FOLDER" "$PROGRAM"
}
