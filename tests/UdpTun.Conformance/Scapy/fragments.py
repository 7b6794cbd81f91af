#!/usr/bin/env python3
"""Sends UDP datagrams in fragments that are in no order, overlap, or lack the first one.

usage: fragments.py reversed|shuffled|overlapping|headless SOURCE SOURCE_PORT DESTINATION PORT COUNT
"""
import random
import sys

from scapy.all import IP, UDP, Raw, conf, fragment

FRAGMENT = 1000

kind, source, source_port, destination, port, count = sys.argv[1:]
random.seed(1)
socket = conf.L3socket()
payload = bytes(i % 251 for i in range(4000))


def datagram(identification):
    header = IP(src=source, dst=destination, id=identification)
    return header / UDP(sport=int(source_port), dport=int(port)) / Raw(payload)


def overlapping(pieces):
    """The second piece again, with other bytes, eight bytes to the front."""
    evil = pieces[1].copy()
    evil.frag -= 1
    evil[Raw].load = b"!" * len(evil[Raw].load)
    return [pieces[0], evil] + pieces[1:]


if kind == "headless":
    second = fragment(datagram(1), fragsize=FRAGMENT)[1]
    for i in range(int(count)):
        second.id = 1 + i
        del second.chksum
        socket.send(second)
    print(count)
    sys.exit()

for i in range(int(count)):
    pieces = fragment(datagram(1 + i), fragsize=FRAGMENT)
    if kind == "reversed":
        pieces.reverse()
    elif kind == "shuffled":
        random.shuffle(pieces)
    elif kind == "overlapping":
        pieces = overlapping(pieces)
    for piece in pieces:
        del piece.chksum
        socket.send(piece)
print(count)
