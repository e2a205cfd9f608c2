#!/usr/bin/env python3
"""A web server that behaves and misbehaves: fetch_server.py FILE PORT_FILE [THE URL /away LEADS TO [CERTIFICATE AND KEY]]

/good    FILE, with ranges            /plain   FILE, ranges ignored
/half    FILE, breaks off in the middle (once the range begins there, sends the rest)
/slow    FILE, in small pieces        /lies    answers a range with another one
/moved   leads to /good               /away    leads to the third argument
/other   as long as FILE, other bytes /huge    claims to be of 2 GiB
/page    an error page, status 200    /more    whatever the range, a MiB without saying how much
/busy    503                          everything else: 404
"""
import http.server
import os
import re
import ssl
import sys
import time

DATA = open(sys.argv[1], "rb").read()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        sys.stderr.write("%s %s\n" % (self.path, self.headers.get("Range", "-")))
        sys.stderr.flush()

    def redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def head(self, begin, total, ranged):
        if ranged and begin >= total:
            self.send_response(416)
            self.send_header("Content-Range", "bytes */%d" % total)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False
        self.send_response(206 if ranged else 200)
        if ranged:
            shift = 7 if self.path == "/lies" else 0
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin + shift, total - 1, total))
        self.send_header("Content-Length", str(total - begin))
        self.end_headers()
        return True

    def do_GET(self):
        asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        ranged = bool(asked) and self.path not in ("/plain", "/page")
        begin = int(asked.group(1)) if ranged else 0
        data = DATA
        if self.path == "/moved":
            return self.redirect("/good")
        if self.path == "/away":
            return self.redirect(sys.argv[3])
        if self.path in ("/busy", "/nothing"):
            return self.send_error(503 if self.path == "/busy" else 404)
        if self.path == "/other":
            data = b"x" * len(DATA)
        if self.path == "/page":
            data = b"<html>please log in</html>"
        try:
            if self.path == "/huge":
                self.send_response(200)
                self.send_header("Content-Length", str(2 << 30))
                self.end_headers()
                self.close_connection = True
                return
            if self.path == "/more":
                self.send_response(206)
                self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, begin + (1 << 20) - 1, begin + (1 << 20)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(bytes(1 << 20))
                return
            if not self.head(begin, len(data), ranged):
                return
            end = len(data) // 2 if self.path == "/half" and begin < len(data) // 2 else len(data)
            step = 16384 if self.path == "/slow" else len(data)
            for i in range(begin, end, step):
                self.wfile.write(data[i : min(i + step, end)])
                self.wfile.flush()
                if self.path == "/slow":
                    time.sleep(0.1)
        except (BrokenPipeError, ConnectionResetError):
            pass
        if self.path == "/half":
            self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 4:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[4])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
with open(sys.argv[2] + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
