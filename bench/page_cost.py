"""Opens very many UDP sessions and measures what looking at them costs: CPU of the server and of the watching verb, the time of an answer, and
the delay of an echo that passes the same server meanwhile.

usage: page_cost.py echo ADDRESS
       page_cost.py measure SERVER_PID SERVER_NAMESPACE STATE_DIRECTORY PROGRAM
"""
import ctypes
import glob
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

ECHO_PORT = 7
REMOTES = 5
FASTEST = 12_000  # sessions a second; faster than they are opened they would only wait in the server's socket
SECONDS, WARM = 8, 5  # of each measurement of CPU time, and before it
COMPILED = 35  # what has been called 30 times is compiled once more, and a page calls it once a second
ROUNDS, ROUND_SECONDS = 5, 3  # of the echo, with and without questions in turn
TICK = os.sysconf("SC_CLK_TCK")
CLONE_NEWNET = 0x40000000


def echo(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((address, ECHO_PORT))
        while True:
            data, sender = listener.recvfrom(2048)
            listener.sendto(data, sender)


class Unix(http.client.HTTPConnection):
    """HTTP on the control socket."""

    def __init__(self, path):
        super().__init__("udptun")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Server:
    def __init__(self, pid, namespace, state, program):
        self.pid, self.namespace, self.program, self.state = int(pid), namespace, program, state
        self.control = glob.glob(f"{state}/*-servertun/control")[0]

    def ask(self, path, method="GET"):
        connection = Unix(self.control)
        connection.request(method, path)
        body = connection.getresponse().read()
        connection.close()
        return body

    def get(self, path, method="GET"):
        return json.loads(self.ask(path, method))

    def page(self):
        """A browser's one stream, as the page asks for it."""
        told = self.get("/page", "POST")
        host, port = told["address"].split("//")[1].rstrip("/").split(":")
        connection = http.client.HTTPConnection(host, int(port))
        inside(self.namespace, connection.connect)
        connection.request("GET", "/api/watch?sort=rate&max=20", headers={"Authorization": f"Bearer {told['token']}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"the page answers with status {answer.status}")
        return connection, answer

    def watch(self):
        return subprocess.Popen([self.program, "flows", "--watch", "--sort", "rate", "--instance", "servertun", "--state-directory", self.state],
                                stdout=subprocess.DEVNULL)


def inside(namespace, action):
    """Runs the action on a thread in a network namespace: a socket stays where it was opened."""
    def run():
        with open(namespace, encoding="ascii") as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        action()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def open_sessions(server, count, first):
    senders, start = [], time.monotonic()
    while (lacking := count - server.get("/status")["sessions"]) > 0:
        for _ in range(-(-lacking // REMOTES)):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.bind(("10.61.0.2", first))
            first += 1
            for remote in range(REMOTES):
                sender.sendto(b"x", (f"203.0.113.{10 + remote}", 9))
            sender.close()
            senders.append(1)
            time.sleep(max(0, start + len(senders) * REMOTES / FASTEST - time.monotonic()))
        time.sleep(0.5)
    return first


def percent(pid, seconds):
    before, start = cpu(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu(pid) - before) / (time.monotonic() - start) * 100


def costs(server):
    time.sleep(WARM)
    idle = percent(server.pid, SECONDS)
    connection, answer = server.page()
    reading = threading.Thread(target=lambda: drain(answer), daemon=True)
    reading.start()
    time.sleep(COMPILED)
    page = percent(server.pid, SECONDS)
    connection.sock.shutdown(socket.SHUT_RDWR)
    reading.join()
    verb = server.watch()
    time.sleep(WARM)
    before = cpu(verb.pid)
    watch = percent(server.pid, SECONDS)
    own = (cpu(verb.pid) - before) / SECONDS * 100
    verb.terminate()
    verb.wait()
    return idle, page - idle, watch - idle, own


def drain(answer):
    try:
        while answer.read1(65536):
            pass
    except (OSError, http.client.HTTPException):
        pass


def delays(seconds):
    """Milliseconds there and back, one echo every two milliseconds."""
    found, end = [], time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(1)
        while time.monotonic() < end:
            sent = time.perf_counter()
            asker.sendto(b"x" * 64, ("203.0.113.10", ECHO_PORT))
            asker.recv(2048)
            took = time.perf_counter() - sent
            found.append(took * 1000)
            time.sleep(max(0, 0.002 - took))
    return statistics.quantiles(found, n=100)[98]


def beside(server):
    """The echo's 99th percentile without and with somebody who asks for the flows over and over, in turn."""
    quiet, asked, took = [], [], []
    delays(1)
    for _ in range(ROUNDS):
        quiet.append(delays(ROUND_SECONDS))
        ending = threading.Event()
        asking = threading.Thread(target=ask_on, args=(server, ending, took))
        asking.start()
        asked.append(delays(ROUND_SECONDS))
        ending.set()
        asking.join()
    return quiet, asked, took


def ask_on(server, ending, took):
    while not ending.wait(0.5):
        start = time.perf_counter()
        server.ask("/flows?sort=bytes&max=100")
        took.append(time.perf_counter() - start)


def verb(server):
    start = time.perf_counter()
    subprocess.run([server.program, "flows", "--sort", "bytes", "--instance", "servertun", "--state-directory", server.state],
                   stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def row(what, values, digits=2):
    print(f"| {what} | {statistics.median(values):.{digits}f} | {min(values):.{digits}f} | {max(values):.{digits}f} |")


def measure(server):
    first = open_sessions(server, 10_000, 10_000)
    idle, page, watch, own = costs(server)
    print("| with 10 thousand flows | % of a core |\n| --- | --- |")
    print(f"| server, nobody looks | {idle:.2f} |\n| what a page adds to it | {page:.2f} |")
    print(f"| what `flows --watch` adds to it | {watch:.2f} |\n| `flows --watch` itself, in a pipe | {own:.2f} |\n")
    open_sessions(server, 100_000, first)
    quiet, asked, took = beside(server)
    print("| with 100 thousand flows | median | least | most |\n| --- | --- | --- | --- |")
    row("`GET /flows`, the busiest 100, s", took, 3)
    row("`udptun flows --sort bytes`, s", [verb(server) for _ in range(5)])
    row("echo, 99th percentile of 3 s, nobody asks, ms", quiet)
    row("echo, 99th percentile of 3 s, flows are asked for twice a second, ms", asked)


if sys.argv[1] == "echo":
    echo(sys.argv[2])
else:
    measure(Server(*sys.argv[2:]))
