#!/usr/bin/env python3
"""The internet of the demonstration: answers UDP questions on port 53, serves one file on port 80, and tells there who asks for /me.

usage: internet_host.py ADDRESS ADDRESS6 MEGABYTES FOLDER

The SHA-256 of the file, which is random and lives in memory only, goes to FOLDER/sha256; the address of each visitor to
FOLDER/visitors. FOLDER/sha256 appears when both services listen.
"""
import hashlib
import http.server
import os
import socket
import socketserver
import sys
import threading

ANSWER_LENGTH = 512  # The longest answer of classic DNS over UDP (RFC 1035, section 4.2.1).

address, address6, megabytes, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
payload = os.urandom(megabytes * 1_000_000)
visitors = open(f"{folder}/visitors", "a", buffering=1)


class Question(socketserver.BaseRequestHandler):
    def handle(self):
        print("udp", self.client_address[0], file=visitors)
        answers = self.request[1]
        answers.sendto(f"you come from {self.client_address[0]}\n".encode().ljust(ANSWER_LENGTH, b"."), self.client_address)


class Download(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("http", self.client_address[0], file=visitors)
        body = self.client_address[0].encode() if self.path == "/me" else payload
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


class Ipv6Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


questions = socketserver.ThreadingUDPServer((address, 53), Question)
downloads = http.server.ThreadingHTTPServer((address, 80), Download)
downloads6 = Ipv6Server((address6, 80), Download)
threading.Thread(target=questions.serve_forever, daemon=True).start()
threading.Thread(target=downloads6.serve_forever, daemon=True).start()
with open(f"{folder}/sha256.new", "w") as file:
    file.write(hashlib.sha256(payload).hexdigest())
os.rename(f"{folder}/sha256.new", f"{folder}/sha256")
downloads.serve_forever()
