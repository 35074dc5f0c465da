"""Tiny lab service: SERVICE_NAME, PORT, DEPS=host:port,...; /health /ready /metrics /api/echo."""
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME, PORT = os.environ.get("SERVICE_NAME", "svc"), int(os.environ.get("PORT", "8000"))
DEPS = [d for d in os.environ.get("DEPS", "").split(",") if d]
T0, N = time.time(), {"req": 0}
def dep_ok(d):
    h, p = d.rsplit(":", 1)
    try: socket.create_connection((h, int(p)), 1).close(); return True
    except OSError: return False
class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def send(self, code, body, ct="application/json"):
        b = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code); self.send_header("Content-Type", ct); self.send_header("Content-Length", str(len(b))); self.end_headers(); self.wfile.write(b)
    def log_message(self, f, *a): print(json.dumps({"ts": time.time(), "svc": NAME, "msg": f % a}), flush=True)
    def do_GET(self):
        N["req"] += 1
        if self.path == "/health": return self.send(200, {"status": "ok", "service": NAME, "uptime_s": round(time.time() - T0, 1)})
        if self.path == "/ready":
            d = {x: dep_ok(x) for x in DEPS}; return self.send(200 if all(d.values()) else 503, {"ready": all(d.values()), "deps": d})
        if self.path == "/metrics": return self.send(200, f'# TYPE http_requests_total counter\nhttp_requests_total{{service="{NAME}"}} {N["req"]}\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {T0}\n', "text/plain; version=0.0.4")
        if self.path == "/": return self.send(200, f"<!doctype html><title>{NAME}</title><h1>{NAME}</h1><p>lab</p>", "text/html; charset=utf-8")
        self.send(404, {"error": "not found"})
ThreadingHTTPServer(("0.0.0.0", PORT), H).serve_forever()
