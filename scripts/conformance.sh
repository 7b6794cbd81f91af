# shellcheck shell=bash
# Tries what RFCs ask of a NAT, with the tools of the trade. Sourced by run.sh.

run_conformance() {
    [[ $EUID -eq 0 ]] || fail "'conformance' makes namespaces, routes and firewalls of its own: run it as root." 4
    need ip nft ping sysctl turnserver turnutils_natdiscovery traceroute tracepath mtr natpmpc hping3 nmap
    need_scapy
    build tests/UdpTun.Conformance
    # Some rows run its tests, which know the timers' true values.
    build tests/UdpTun.Net.Tests
    exec "$ROOT/tests/UdpTun.Conformance/bin/$CONFIGURATION/net10.0/UdpTun.Conformance" "$@"
}

need_scapy() {
    # Debian's python3 knows Debian's packages; another one in the PATH does not.
    /usr/bin/python3 -c 'import scapy' 2>/dev/null || install_packages python3-scapy
}
