# shellcheck shell=bash
# Client, server and internet of the measurements with very many sessions: exit routed, no connection tracking. Sourced by those.

# make_sessions_lab NAME [SERVER OPTION...]: for './run.sh bench NAME'. Sets FOLDER, CLIENT, SERVER, INTERNET and SERVER_PID.
make_sessions_lab() {
    local name=$1 host
    shift
    need ip nft python3
    build src/UdpTun.Host
    [[ $EUID -eq 0 ]] || fail "'bench $name' makes network namespaces: run it as root" 4
    FOLDER=$(mktemp -d)
    CLIENT=udptun-$$-client SERVER=udptun-$$-server INTERNET=udptun-$$-internet
    PIDS=()
    trap take_down_bench EXIT
    trap 'exit 130' INT
    for host in "$CLIENT" "$SERVER" "$INTERNET"; do
        ip netns add "$host"
        ip -n "$host" link set lo up
    done
    ip link add lan0 netns "$SERVER" type veth peer name up0 netns "$CLIENT"
    ip link add wan0 netns "$SERVER" type veth peer name eth0 netns "$INTERNET"
    ip -n "$CLIENT" addr add 10.77.1.2/24 dev up0
    ip -n "$SERVER" addr add 10.77.1.1/24 dev lan0
    ip -n "$SERVER" addr add 203.0.113.1/24 dev wan0
    ip -n "$INTERNET" addr add 203.0.113.10/24 dev eth0
    for host in 11 12 13 14; do ip -n "$INTERNET" addr add "203.0.113.$host/24" dev eth0; done
    ip -n "$CLIENT" link set up0 up
    ip -n "$SERVER" link set lan0 up
    ip -n "$SERVER" link set wan0 up
    ip -n "$INTERNET" link set eth0 up
    ip -n "$SERVER" route add default via 203.0.113.10
    ip netns exec "$INTERNET" nft 'add table ip quiet; add chain ip quiet out { type filter hook output priority 0; }; add rule ip quiet out icmp type destination-unreachable drop'

    ip netns exec "$SERVER" "$PROGRAM" --role server --transport plain --exit routed --state-directory "$FOLDER" \
        --set 'udptun.server.routed-addresses=["203.0.113.20"]' --set udptun.nat.max-sessions-per-client=1000000 \
        --set udptun.nat.max-mappings-per-client=65535 "$@" >"$FOLDER/out" 2>"$FOLDER/log" &
    SERVER_PID=$!
    PIDS+=("$SERVER_PID")
    ip netns exec "$CLIENT" "$PROGRAM" --role client --transport plain --server 10.77.1.1 --route 203.0.113.0/24 --state-directory "$FOLDER" >/dev/null 2>"$FOLDER/client.log" &
    PIDS+=($!)
    until grep -q ready "$FOLDER/log" && grep -q ready "$FOLDER/client.log"; do
        kill -0 "${PIDS[0]}" && kill -0 "${PIDS[1]}" || fail "server or client ended: $(cat "$FOLDER/log" "$FOLDER/client.log")"
        sleep 0.1
    done
}

take_down_bench() {
    local pid host
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    for host in "$CLIENT" "$SERVER" "$INTERNET"; do ip netns del "$host" 2>/dev/null; done
    rm -rf "$FOLDER"
}
