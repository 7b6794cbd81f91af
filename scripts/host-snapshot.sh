#!/bin/sh
# Prints all that UdpTun may change on a host. Taken before and after, the two texts are equal when nothing was left behind.

# The kernel tells of a link's carrier up to a second late, and routes come and go with it.
tries=50
while ip -o link show type veth up | grep -q 'NO-CARRIER\|state DOWN' && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
done

# The kernel settles a link's queueing discipline and addr_gen_mode when it is first set up, and keeps them.
echo '# links';     ip -o link | sed 's/ qdisc [^ ]*//'
echo '# addresses'; ip -o addr
echo '# routes';    ip route show table all; ip -6 route show table all
echo '# rules';     ip rule; ip -6 rule
# -s leaves out the counters.
echo '# proxies';   ip -4 neigh show proxy; ip -6 neigh show proxy
echo '# firewall';  nft -s list ruleset
# /proc/sys/net shows the values of the reader's own network namespace.
echo '# kernel values'
cd /proc/sys/net && grep -sr . ipv4/ip_forward ipv4/ip_local_reserved_ports ipv4/conf ipv6/conf ipv[46]/neigh/*/proxy_delay | grep -Ev 'stable_secret|addr_gen_mode' | sort
