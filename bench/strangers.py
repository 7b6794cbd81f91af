"""Sends datagrams of 148 bytes to a server of the secure transport as fast as it can, from nobody that the server knows.

usage: strangers.py random|junk ADDRESS PORT SECONDS

'random' are random bytes; 'junk' bears the type of an initiation on top of them. Prints how many were sent.
"""

import os
import socket
import sys
import time


def main(kind, address, port, seconds):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.connect((address, int(port)))
        head = b"\1\0\0\0" if kind == "junk" else b"\xc8\0\0\0"
        datagrams = [head + os.urandom(144) for _ in range(500)]
        sent, until = 0, time.monotonic() + float(seconds)
        while time.monotonic() < until:
            for datagram in datagrams:
                try:
                    end.send(datagram)
                    sent += 1
                except OSError:
                    pass  # the kernel's queue is full
    print(sent)


if __name__ == "__main__":
    main(*sys.argv[1:])
