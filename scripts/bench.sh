# shellcheck shell=bash
# Measurements: the tunnel beside others, its pieces, its sessions. Sourced by run.sh.

run_bench() {
    case ${1:-} in
        sessions | peers)
            build bench/UdpTun.Benchmarks
            "$ROOT/bench/UdpTun.Benchmarks/bin/$CONFIGURATION/net10.0/UdpTun.Benchmarks" "$@"
            ;;
        pieces)
            build bench/UdpTun.Pieces
            "$ROOT/bench/UdpTun.Pieces/bin/$CONFIGURATION/net10.0/UdpTun.Pieces" --artifacts "$ROOT/artifacts/pieces" "${@:2}"
            ;;
        strangers)
            [[ $# -eq 1 ]] || fail "'bench strangers' takes no more words, not '${*:2}'" 2
            # shellcheck source=bench/strangers.sh
            source "$ROOT/bench/strangers.sh" && bench_strangers
            ;;
        kernel-sessions)
            [[ $# -eq 1 ]] || fail "'bench kernel-sessions' takes no more words, not '${*:2}'" 2
            # shellcheck source=bench/kernel_sessions.sh
            source "$ROOT/bench/kernel_sessions.sh" && bench_kernel_sessions
            ;;
        page)
            [[ $# -eq 1 ]] || fail "'bench page' takes no more words, not '${*:2}'" 2
            # shellcheck source=bench/page_cost.sh
            source "$ROOT/bench/page_cost.sh" && bench_page
            ;;
        '' | -*) bench_comparison "$@" ;;
        *) fail "'bench' takes the word sessions, peers, strangers, pieces, kernel-sessions or page, or options of the comparison, not '$*'" 2 ;;
    esac
}

bench_comparison() {
    [[ $EUID -eq 0 ]] || fail "'bench' makes network namespaces: run it as root" 4
    need ip nft ping sysctl iperf3 gcc
    need_c_headers
    want wireguard-go wg openvpn openssl fastd socat
    want_cipher_library
    build bench/UdpTun.Comparison
    local tools=$ROOT/artifacts/bench
    compile_bench_tools "$tools"
    [[ -x $tools/wireguard-go-new ]] || (step "unpacking Debian unstable's wireguard-go" unpack_new_wireguard_go "$tools") || true
    local output=(--output "$ROOT/bench/results")
    # What is partial or hasty does not take the place of a whole comparison.
    [[ " $* " == *" --quick "* || " $* " == *" --only "* ]] && output=()
    exec "$ROOT/bench/UdpTun.Comparison/bin/$CONFIGURATION/net10.0/UdpTun.Comparison" --tools "$tools" "${output[@]}" "$@"
}

compile_bench_tools() {
    mkdir -p "$1"
    gcc -O3 -Wall -Wextra -Werror -o "$1/relay" "$ROOT/bench/relay/relay.c"
    gcc -O3 -Wall -Wextra -Werror -o "$1/pump" "$ROOT/bench/relay/pump.c"
}

# unpack_new_wireguard_go FOLDER: the wireguard-go of Debian unstable, from the mirror that this machine has; it is not installed.
unpack_new_wireguard_go() {
    local lists=$1/apt
    mkdir -p "$lists"/{lists,cache/archives}/partial
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        sed -n '/debian\/$/ { s|.*|deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] & unstable main|p; q }' >"$lists/sources.list"
    local options=(-o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$lists/lists"
        -o "Dir::Cache=$lists/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update && (cd "$lists" && apt-get "${options[@]}" download wireguard-go) || return
    dpkg-deb --fsys-tarfile "$lists"/wireguard-go_*.deb | tar -x -C "$1" --strip-components=3 --transform 's/$/-new/' ./usr/bin/wireguard-go
}

# want COMMAND...: installs what is missing; a contender that cannot be had is named by the comparison.
want() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || (install_packages "$(package_of "$command")") || true
    done
}
