# shellcheck shell=bash
# What a flood of strangers costs a client that talks: 2000 pings through the tunnel without it, beside random bytes, beside junk initiations.
# Sourced by run.sh.

bench_strangers() {
    need ip nft ping python3
    build src/UdpTun.Host
    [[ $EUID -eq 0 ]] || fail "'bench strangers' makes network namespaces: run it as root" 4
    FOLDER=$(mktemp -d)
    CLIENT=udptun-$$-client SERVER=udptun-$$-server INTERNET=udptun-$$-internet STRANGER=udptun-$$-stranger
    PIDS=()
    touch "$FOLDER/log" "$FOLDER/client.log"
    trap take_down_strangers EXIT
    trap 'exit 130' INT
    local host
    for host in "$CLIENT" "$SERVER" "$INTERNET" "$STRANGER"; do
        ip netns add "$host"
        ip -n "$host" link set lo up
    done
    join_hosts lan0 10.77.1 "$CLIENT" 2
    join_hosts far0 10.77.2 "$STRANGER" 2
    join_hosts wan0 203.0.113 "$INTERNET" 10
    ip -n "$SERVER" route add default via 203.0.113.10

    local secrets=(--set "udptun.secure.private-key-file=$FOLDER/key" --set "udptun.secure.peers-directory=$FOLDER/peers")
    ip netns exec "$SERVER" "$PROGRAM" --role server --exit masquerade --state-directory "$FOLDER" "${secrets[@]}" >/dev/null 2>"$FOLDER/log" &
    PIDS+=($!)
    until_ready "$FOLDER/log"
    ip netns exec "$SERVER" "$PROGRAM" peer add bench --endpoint 10.77.1.1 --output "$FOLDER/bench.conf" "${secrets[@]}" --set "udptun.state-directory=$FOLDER" >/dev/null
    ip netns exec "$CLIENT" "$PROGRAM" --role client --config "$FOLDER/bench.conf" --route 203.0.113.0/24 --state-directory "$FOLDER" >/dev/null 2>"$FOLDER/client.log" &
    PIDS+=($!)
    until_ready "$FOLDER/client.log"
    ip netns exec "$CLIENT" ping -q -c 3 -W 5 203.0.113.10 >/dev/null

    local round kind
    for round in 1 2 3; do
        for kind in nobody random junk; do flood_and_ping "$round" "$kind"; done
    done
    kill "${PIDS[0]}" && wait "${PIDS[0]}" || true
    unset 'PIDS[0]'
    grep -o 'drops .*' "$FOLDER/log" | tail -1 || true
}

join_hosts() {
    local link=$1 net=$2 host=$3 number=$4
    ip link add "$link" netns "$SERVER" type veth peer name eth0 netns "$host"
    ip -n "$SERVER" addr add "$net.1/24" dev "$link"
    ip -n "$host" addr add "$net.$number/24" dev eth0
    ip -n "$SERVER" link set "$link" up
    ip -n "$host" link set eth0 up
}

until_ready() {
    until grep -q 'ready: packets pass' "$1"; do
        kill -0 "${PIDS[-1]}" || fail "server or client ended: $(cat "$1")"
        sleep 0.1
    done
}

flood_and_ping() {
    local sender='' strangers=0
    if [[ $2 != nobody ]]; then
        ip netns exec "$STRANGER" python3 "$ROOT/bench/strangers.py" "$2" 10.77.2.1 9877 7 >"$FOLDER/sent" &
        sender=$!
    fi
    printf 'round %s, %-6s: %s' "$1" "$2" "$(ip netns exec "$CLIENT" ping -q -c 2000 -i 0.002 -W 1 203.0.113.10 | sed -n 's/.*transmitted, \(.*\), time.*/\1/p')"
    if [[ -n $sender ]]; then
        wait "$sender"
        strangers=$(<"$FOLDER/sent")
    fi
    printf ', beside %s strangers in 7 s\n' "$strangers"
}

take_down_strangers() {
    local pid host
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    for host in "$CLIENT" "$SERVER" "$INTERNET" "$STRANGER"; do ip netns del "$host" 2>/dev/null; done
    rm -rf "$FOLDER"
}
