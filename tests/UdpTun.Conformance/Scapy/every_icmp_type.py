#!/usr/bin/env python3
"""Sends every ICMP type that is no echo, quoting a UDP packet of a mapping, to the mapping's outer address.

usage: every_icmp_type.py SOURCE OUTER_ADDRESS OUTER_PORT REMOTE_ADDRESS REMOTE_PORT
"""
import sys

from scapy.all import ICMP, IP, UDP, conf

ECHO = (0, 8)

source, outer, outer_port, remote, remote_port = sys.argv[1:]
quoted = IP(src=outer, dst=remote, ttl=60) / UDP(sport=int(outer_port), dport=int(remote_port)) / b"quoted"
socket = conf.L3socket()
sent = 0
for kind in range(256):
    if kind in ECHO:
        continue
    for code in range(16) if kind == 3 else (0, 1):
        socket.send(IP(src=source, dst=outer) / ICMP(type=kind, code=code) / bytes(quoted))
        sent += 1
print(sent)
