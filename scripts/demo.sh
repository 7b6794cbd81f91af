# shellcheck shell=bash
# The demonstration: a real server lets a real client in, and they carry ping, UDP and a download between namespaces. Sourced by run.sh.

MEGABYTES=100
# 16 bytes, as many as ping takes for the pattern of its packets.
WORD=an-open-secret-!
CLIENT=udptun-$$-client
SERVER=udptun-$$-server
INTERNET=udptun-$$-internet
declare -A PIDS=()

demo() {
    need ip nft ping traceroute curl python3 od
    [[ -n ${UDPTUN_IN_USER_NAMESPACE:-} ]] || build src/UdpTun.Host
    enter_namespaces demo ||
        fail "the demonstration needs root, or a kernel that lets users make namespaces (sysctl user.max_user_namespaces)." 4
    need_dotnet

    FOLDER=$(mktemp -d)
    # Not the machine's own keys, peers and instances.
    export UDPTUN__STATE_DIRECTORY=$FOLDER/state UDPTUN__SECURE__PRIVATE_KEY_FILE=$FOLDER/keys/private.key UDPTUN__SECURE__PEERS_DIRECTORY=$FOLDER/keys/peers
    trap take_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM

    cat <<'PICTURE'

    client                            server                             internet
   ┌───────────────────┐             ┌───────────────────────────┐      ┌──────────────┐
   │ clienttun         │             │ servertun                 │      │ ping         │
   │ 10.61.0.2         │             │ 192.168.61.1              │      │ UDP port 53  │
   │   │ everything    │             │   │ NAT to 192.168.61.123 │      │ HTTP         │
   │ udptun            │             │ udptun                    │      │              │
   │ 10.77.1.2 ────────│── UDP ──────│ 10.77.1.1     203.0.113.1─│──────│ 203.0.113.10 │
   └───────────────────┘  encrypted  └───────────────────────────┘      └──────────────┘
   The client has no way to the internet but the tunnel.

PICTURE
    make_hosts
    snapshot before
    without_tunnel
    start_server
    let_client_in
    start_client
    show_ping
    show_wire
    show_traceroute
    show_udp
    show_download
    show_ipv6
    show_nat_class
    show_status
    show_sessions
    stop_tunnel
    show_plain
    show_clean_up
    printf '\nAll of it went through the tunnel, and nothing is left behind.\n'
}

told() { printf ' ok  %-28s %s\n' "$1" "$2"; }

broken() {
    printf ' !!  %-28s %s\n' "$1" "$2"
    local log
    for log in server client internet watcher; do
        [[ -s $FOLDER/$log.log ]] && printf '\n--- log of the %s\n%s\n' "$log" "$(cat "$FOLDER/$log.log")"
    done
    exit 1
}

on() { ip netns exec "$@"; }

make_hosts() {
    local host
    for host in "$CLIENT" "$SERVER" "$INTERNET"; do
        ip netns add "$host"
        # No link-local addresses: the comparison at the end is to show only what the tunnel did.
        on "$host" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1
        ip -n "$host" link set lo up
    done
    ip link add lan0 netns "$SERVER" type veth peer name up0 netns "$CLIENT"
    ip link add wan0 netns "$SERVER" type veth peer name eth0 netns "$INTERNET"
    connect "$CLIENT" up0 10.77.1.2/24
    connect "$SERVER" lan0 10.77.1.1/24
    connect "$SERVER" wan0 203.0.113.1/24 2001:db8::1/64
    connect "$INTERNET" eth0 203.0.113.10/24 2001:db8::10/64
    ip -n "$SERVER" route add default via 203.0.113.10
    ip -n "$SERVER" route add default via 2001:db8::10
    start internet "$INTERNET" python3 "$ROOT/scripts/internet_host.py" 203.0.113.10 2001:db8::10 "$MEGABYTES" "$FOLDER"
    await 'the internet host' test -e "$FOLDER/sha256"
    told 'three hosts' 'made of network namespaces'
}

connect() {
    local host=$1 link=$2
    ip -n "$host" addr add "$3" dev "$link"
    [[ -z ${4:-} ]] || ip -n "$host" addr add "$4" dev "$link" nodad
    ip -n "$host" link set "$link" up
}

# start NAME HOST COMMAND...: in the background, its output in $FOLDER/NAME.out and .log, its process id in PIDS.
start() {
    local name=$1
    shift
    # Emptied here: whoever waits for a word must not find that of an earlier run.
    : >"$FOLDER/$name.out" >"$FOLDER/$name.log"
    # Not by the function 'on': its process would be a shell around the program.
    ip netns exec "$@" >"$FOLDER/$name.out" 2>"$FOLDER/$name.log" </dev/null &
    PIDS[$name]=$!
}

# await WHAT COMMAND...: until the command succeeds, at most 30 seconds.
await() {
    local what=$1 tries
    shift
    for ((tries = 0; tries < 300; tries++)); do
        "$@" && return
        sleep 0.1
    done
    broken "$what" 'did not come within 30 s'
}

snapshot() {
    local host
    for host in client server; do
        on "udptun-$$-$host" "$ROOT/scripts/host-snapshot.sh" >"$FOLDER/$host.$1"
    done
}

without_tunnel() {
    if on "$CLIENT" ping -c 1 -W 1 203.0.113.10 >"$FOLDER/ping" 2>&1; then
        broken 'without a tunnel' 'the client reaches the internet: this demonstration would prove nothing'
    fi
    told 'without a tunnel' 'the client cannot reach 203.0.113.10'
}

start_server() {
    local started=$EPOCHREALTIME
    start server "$SERVER" "$PROGRAM" --role server --config "$ROOT/hocon/server.conf"
    await 'server' says_ready server
    grep -q "key is made" "$FOLDER/server.log" || broken 'server' 'it has made no key'
    told 'server' "ready after $(since "$started") s, with a key of its own (mode $(stat -c %a "$FOLDER/keys/private.key"))"
}

let_client_in() {
    on "$SERVER" "$PROGRAM" peer add laptop --endpoint 10.77.1.1 --output "$FOLDER/laptop.conf" >"$FOLDER/peer" 2>&1 &&
        grep -q '1 added' "$FOLDER/peer" || broken 'udptun peer add laptop' "$(cat "$FOLDER/peer")"
    told 'udptun peer add laptop' "$(tail -n 1 "$FOLDER/peer")"
}

start_client() {
    local started=$EPOCHREALTIME
    start client "$CLIENT" "$PROGRAM" --role client --config "$FOLDER/laptop.conf"
    await 'client' says_ready client
    await 'handshake' grep -q 'has a session' "$FOLDER/client.log"
    told 'client, by laptop.conf' "ready after $(since "$started") s; the handshake is done"
}

says_ready() {
    kill -0 "${PIDS[$1]}" 2>/dev/null || broken "$1" 'ended at its start'
    grep -qi ready "$FOLDER/$1.log"
}

# The seconds since a value of EPOCHREALTIME, which holds microseconds behind the locale's decimal point.
since() {
    local now=${EPOCHREALTIME//[.,]/} then=${1//[.,]/}
    printf '%d.%d' $(((now - then) / 1000000)) $(((now - then) / 100000 % 10))
}

show_ping() {
    on "$CLIENT" ping -c 5 -i 0.2 -W 2 203.0.113.10 >"$FOLDER/ping" 2>&1 || broken 'ping' "$(cat "$FOLDER/ping")"
    told 'ping' "$(awk -F'[ /]+' '/received/ { sent = $1; got = $4 } /^rtt/ { best = $7; worst = $9 }
        END { print got " of " sent " answered in " best " to " worst " ms" }' "$FOLDER/ping")"
}

# A word inside the tunnel, sought on the wire that carries the tunnel and on the one behind the server.
show_wire() {
    watch_wires
    ping_with_word 203.0.113.10
    local link frames hits
    local -A of=() with=()
    while read -r link frames hits; do of[$link]=$frames with[$link]=$hits; done < <(wires)
    [[ ${of[lan0]} -ge 6 && ${with[lan0]} -eq 0 ]] || broken 'the wire is encrypted' "$(cat "$FOLDER/wires")"
    [[ ${with[wan0]} -eq 6 ]] || broken 'the word at the exit' "$(cat "$FOLDER/wires")"
    told 'the wire is encrypted' "\"$WORD\" sent 3 times and answered: in ${with[lan0]} of ${of[lan0]} datagrams of the tunnel, in ${with[wan0]} packets behind it"
}

watch_wires() {
    rm -f "$FOLDER/wires"
    start watcher "$SERVER" python3 "$ROOT/scripts/wire_watch.py" "$WORD" "$FOLDER/wires" lan0 wan0
    await 'the watcher' grep -q watching "$FOLDER/watcher.out"
}

# What the watcher has seen, when it has ended.
wires() {
    kill -TERM "${PIDS[watcher]}"
    await 'what the watcher has seen' test -s "$FOLDER/wires"
    cat "$FOLDER/wires"
}

ping_with_word() {
    on "$CLIENT" ping -c 3 -i 0.2 -W 2 -s 120 -p "$(printf %s "$WORD" | od -An -v -tx1 | tr -d ' \n')" "$1" >"$FOLDER/ping" 2>&1 ||
        broken 'ping' "$(cat "$FOLDER/ping")"
}

show_traceroute() {
    on "$CLIENT" traceroute -n -q 1 -w 2 -m 5 203.0.113.10 >"$FOLDER/traceroute" 2>&1 || broken 'traceroute' "$(cat "$FOLDER/traceroute")"
    local hops
    hops=$(awk 'NR > 1 { printf "%s%s", (NR > 2 ? ", then " : ""), $2 }' "$FOLDER/traceroute")
    [[ $hops == '192.168.61.1, then 203.0.113.10' ]] || broken 'traceroute' "$(cat "$FOLDER/traceroute")"
    told 'traceroute' "$hops"
}

show_nat_class() {
    told 'NAT class' "$(sed -n 's/.*NAT class for UDP and TCP as the internet sees it: //p' "$FOLDER/server.log")"
}

show_udp() {
    local ask='exec 3<>/dev/udp/203.0.113.10/53; printf "%040d" 1 >&3; dd bs=2048 count=1 <&3 2>/dev/null'
    on "$CLIENT" timeout 5 bash -c "$ask" >"$FOLDER/answer" || broken 'UDP question, DNS-sized' 'no answer'
    local length
    length=$(wc -c <"$FOLDER/answer")
    [[ $length -eq 512 ]] || broken 'UDP question, DNS-sized' "$length bytes came back, not 512"
    told 'UDP question, DNS-sized' "40 bytes asked, 512 answered: \"$(head -n 1 "$FOLDER/answer")\""
}

show_download() {
    local hash wanted speed seconds
    hash=$(on "$CLIENT" curl -sS --noproxy '*' --max-time 120 -w '%{stderr}%{speed_download} %{time_total}' http://203.0.113.10/ \
        2>"$FOLDER/curl" | sha256sum | cut -d' ' -f1) || broken "download of $MEGABYTES MB" "$(cat "$FOLDER/curl")"
    wanted=$(cat "$FOLDER/sha256")
    [[ $hash == "$wanted" ]] || broken "download of $MEGABYTES MB" "its SHA-256 is $hash and should be $wanted"
    read -r speed seconds <"$FOLDER/curl" || true
    told "download of $MEGABYTES MB" "$(awk -v b="$speed" -v s="$seconds" 'BEGIN { printf "%.1f s, %.0f Mbit/s", s, b * 8 / 1e6 }')"
    told 'its SHA-256' "${hash:0:16}... at both ends"
    if grep -qv ' 203\.0\.113\.1$' "$FOLDER/visitors"; then
        broken 'seen by the internet' "$(sort -u "$FOLDER/visitors")"
    fi
    told 'seen by the internet' 'only 203.0.113.1, the server'
}

show_ipv6() {
    local answered seen
    on "$CLIENT" ping -6 -c 3 -i 0.2 -W 2 2001:db8::10 >"$FOLDER/ping" 2>&1 || broken 'IPv6' "$(cat "$FOLDER/ping")"
    answered=$(awk '/received/ { print $4 " of " $1 }' "$FOLDER/ping")
    seen=$(on "$CLIENT" curl -sS --noproxy '*' --max-time 10 'http://[2001:db8::10]/me' 2>"$FOLDER/curl") || broken 'IPv6' "$(cat "$FOLDER/curl")"
    [[ $seen == 2001:db8::1 ]] || broken 'IPv6' "the web server saw '$seen', not the server's 2001:db8::1"
    told 'IPv6' "$answered pings answered; the web server sees $seen"
}

show_status() {
    on "$SERVER" "$PROGRAM" status --instance servertun >"$FOLDER/status" 2>&1 || broken 'udptun status' "$(cat "$FOLDER/status")"
    told 'udptun status' 'on the server:'
    printf '\n'
    sed 's/^/     /' "$FOLDER/status"
    printf '\n'
}

show_sessions() {
    kill -USR1 "${PIDS[server]}"
    await "the server's sessions" grep -q tcp- "$FOLDER/server.out"
    # The table is written at once; a moment more for its last line.
    sleep 0.2
    told 'NAT sessions' 'as the server tells them (signal USR1)'
    printf '\n'
    sed 's/^/     /' "$FOLDER/server.out"
    printf '\n'
}

stop_tunnel() {
    local name
    for name in client server; do
        kill -TERM "${PIDS[$name]}"
        wait "${PIDS[$name]}" || broken "stopping the $name" "it ended with exit code $?"
        unset "PIDS[$name]"
    done
    told 'stopped' 'client and server, by SIGTERM'
}

# The article's format, which is asked for by name: the same word can be read on the wire.
show_plain() {
    start server "$SERVER" "$PROGRAM" --role server --transport plain --exit echo
    start client "$CLIENT" "$PROGRAM" --role client --transport plain --server 10.77.1.1 --route 203.0.113.0/24
    await 'plain server' says_ready server
    await 'plain client' says_ready client
    watch_wires
    ping_with_word 203.0.113.10
    local link frames hits
    read -r link frames hits < <(wires)
    [[ $hits -eq 6 ]] || broken '--transport plain' "$(cat "$FOLDER/wires")"
    told '--transport plain' "the article's datagrams, for comparison: \"$WORD\" in $hits of $frames, for everybody on the way to read"
    stop_tunnel
}

show_clean_up() {
    snapshot after
    local host
    for host in client server; do
        diff "$FOLDER/$host.before" "$FOLDER/$host.after" >"$FOLDER/left" ||
            broken "left behind on the $host" "$(cat "$FOLDER/left")"
    done
    told 'as before' 'links, addresses, routes, rules, firewall and kernel values of both'
}

take_down() {
    local code=$? name host
    trap '' INT TERM
    for name in "${!PIDS[@]}"; do kill -KILL "${PIDS[$name]}" 2>/dev/null || true; done
    wait 2>/dev/null || true
    for host in "$CLIENT" "$SERVER" "$INTERNET"; do ip netns del "$host" 2>/dev/null || true; done
    rm -rf "$FOLDER"
    exit "$code"
}
