"""
Opens UDP sessions from 20 thousand inner ports to 5 remotes each, and asks the server how many it has and what they take. A flow that
was there before them, a ping of 50 packets a second, tells what they cost others.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import time

PORTS, REMOTES = 20_000, 5
FASTEST = 25_000  # sessions a second; faster than they are opened they would only wait in the server's socket
SERVER, TABLE = int(sys.argv[1]), sys.argv[2]


def resident():
    with open(f"/proc/{SERVER}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024


def sessions():
    size = os.path.getsize(TABLE)
    os.kill(SERVER, signal.SIGUSR1)
    while True:
        time.sleep(0.05)
        with open(TABLE, encoding="utf-8") as table:
            table.seek(size)
            found = re.search(r"^([\d,]+) sessions? on ([\d,]+) mappings?", table.read(), re.M)
        if found:
            return tuple(int(number.replace(",", "")) for number in found.groups())


def answered(pinger):
    """Ends a ping and tells how many of its packets were answered, and how fast."""
    pinger.send_signal(signal.SIGINT)
    said = pinger.communicate()[0]
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", said)
    return f"{counts.group(2)} of {counts.group(1)} answered, {said.strip().splitlines()[-1]}"


def main():
    established = subprocess.Popen(["ping", "-i0.02", "-q", "203.0.113.10"], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    before, start = resident(), time.monotonic()
    for port in range(10_000, 10_000 + PORTS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("10.61.0.2", port))
            for remote in range(REMOTES):
                sender.sendto(b"x", (f"203.0.113.{10 + remote}", 9))
        time.sleep(max(0, start + (port - 9_999) * REMOTES / FASTEST - time.monotonic()))
    sent = time.monotonic() - start
    count, mappings = sessions()
    while (later := sessions())[0] > count:
        count, mappings = later
        time.sleep(0.5)
    seconds = time.monotonic() - start
    after = resident()
    meanwhile = answered(established)
    ping = subprocess.run(["ping", "-c20", "-i0.05", "-q", "203.0.113.10"], capture_output=True, text=True, check=False).stdout
    print(f"{count} of {PORTS * REMOTES} sessions on {mappings} mappings; sent in {sent:.1f} s, all open after {seconds:.1f} s")
    print(f"resident memory {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after: {(after - before) / max(count, 1):.0f} bytes a session")
    print("an established flow meanwhile:", meanwhile)
    print("pings with all of them open:", ping.strip().splitlines()[-1] if ping else "none")


main()
