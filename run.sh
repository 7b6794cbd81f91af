#!/usr/bin/env bash
# The one entry to UdpTun: demonstration, tests, roles. './run.sh help' tells all of it.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$ROOT/scripts/prepare.sh"

help() {
    cat <<'TEXT'
usage: ./run.sh [COMMAND]

  (none), demo           the tunnel at work between three network namespaces; installs, builds and cleans up by itself
  test [--ci]            every test; --ci runs those between namespaces once more without offload, checks the format, and takes a skipped
                         namespace test for a failure
  soak [SECONDS]         the property tests, each trying new cases for so long (default 60), and the fuzzing tests, each with 10 million inputs
  conformance [PART]     every requirement that RFCs make of a NAT, tried from outside, with its evidence (docs/CONFORMANCE.md);
                         PART such as 4787: some of them; --exit EXIT: under one; --list; --json; --markdown; needs root
  bench [OPTION...]      UdpTun beside the kernel, VXLAN, a bare relay in C, wireguard-go, openvpn, fastd and socat (root, 20 minutes;
                         --quick: 3 minutes; 'bench --help' tells the rest)
  bench sessions         100 thousand NAT sessions at once, without a network: memory, opens a second, the sweep's delay
  bench peers            10 thousand peers of the secure transport, without a network: memory, handshakes a second, what strangers cost
  bench strangers        what a flood of strangers costs a client that talks (root)
  bench pieces           time and allocated bytes of the line's parts, one by one; takes --filter '*Checksum*' and BenchmarkDotNet's other options
  bench kernel-sessions  the same number through real devices between network namespaces (root)
  bench page             what it costs a server with 10 and 100 thousand flows to be looked at (root)
  package                the program as one self-contained file, and a Debian package around it, in artifacts/
  server [OPTION...]     the tunnel's server, with hocon/server.conf unless --config names another file
  client [OPTION...]     the tunnel's client, with hocon/client.conf unless --config names another file
  dump   [OPTION...]     prints every packet that is routed into a TUN device
  echo   [OPTION...]     answers every ping that is routed into a TUN device
  cleanup [OPTION...]    undoes what a killed server or client left on this host
  help                   this text

The options of a role are told by './run.sh server --help'. Roles need root or CAP_NET_ADMIN. The demonstration and the
tests need root or a machine that allows user namespaces.
TEXT
}

run_role() {
    local role=$1
    shift
    case $role in
        server) need ip nft ;;
        *) need ip ;;
    esac
    build src/UdpTun.Host
    local config=()
    if [[ $role == server || $role == client ]] && ! names_config "$@"; then
        config=(--config "$ROOT/hocon/$role.conf")
    fi
    exec "$PROGRAM" --role "$role" "${config[@]}" "$@"
}

names_config() {
    local word
    for word in "$@"; do
        [[ $word == --config || $word == --config=* ]] && return 0
    done
    return 1
}

command=${1:-demo}
[[ $# -eq 0 ]] || shift
case $command in
    demo) source "$ROOT/scripts/demo.sh" && demo ;;
    test) source "$ROOT/scripts/test.sh" && run_tests "$@" ;;
    soak) source "$ROOT/scripts/test.sh" && run_soak "$@" ;;
    conformance) source "$ROOT/scripts/conformance.sh" && run_conformance "$@" ;;
    bench) source "$ROOT/scripts/bench.sh" && run_bench "$@" ;;
    package) source "$ROOT/scripts/package.sh" && build_package "$@" ;;
    server | client | dump | echo | cleanup) run_role "$command" "$@" ;;
    help | --help | -h) help ;;
    *)
        help >&2
        fail "'$command' is not a command of run.sh" 2
        ;;
esac
