#!/usr/bin/env python3
"""Looks for a word on the wires of a host, as somebody on the way could.

usage: wire_watch.py WORD FILE LINK...

Reads every frame of the links until SIGTERM, then writes a line "LINK FRAMES FRAMES-WITH-THE-WORD" for each to FILE. Prints "watching" when
it has begun.
"""
import selectors
import signal
import socket
import sys

ETH_P_ALL = 0x0003  # linux/if_ether.h

word, file, links = sys.argv[1].encode(), sys.argv[2], sys.argv[3:]
seen = {link: [0, 0] for link in links}
stop, stopped = socket.socketpair()
stopped.setblocking(False)
signal.set_wakeup_fd(stopped.fileno())
signal.signal(signal.SIGTERM, lambda *_: None)

with selectors.DefaultSelector() as ready:
    ready.register(stop, selectors.EVENT_READ)
    for link in links:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        wire.bind((link, 0))
        ready.register(wire, selectors.EVENT_READ, link)
    print("watching", flush=True)
    running = True
    while running:
        for key, _ in ready.select():
            if key.data is None:
                running = False
                continue
            frame = key.fileobj.recv(65536)
            seen[key.data][0] += 1
            seen[key.data][1] += word in frame

with open(file, "w") as told:
    for link, (frames, hits) in seen.items():
        print(link, frames, hits, file=told)
