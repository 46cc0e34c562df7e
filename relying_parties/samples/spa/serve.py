"""Serve the page on this machine: files, what it is registered as, and a strict policy.

Any static host does as well: `static/` as it is, `index.html` for `/callback` too, this
`config.json`, and these headers.
"""

import json
import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ISSUER = os.environ["NETWORK_ID_ISSUER"]
PORT = int(os.environ.get("PORT", "3000"))
CONFIG = json.dumps({"issuer": ISSUER, "client_id": os.environ["NETWORK_ID_CLIENT_ID"]}).encode()
STATIC = Path(__file__).parent / "static"
# Scripts from here alone, and no way out but to the provider: a token cannot be carried off.
POLICY = (
    f"default-src 'none'; script-src 'self'; connect-src 'self' {ISSUER}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


class Page(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        self.path = self.path.partition("?")[0]
        if self.path == "/config.json":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(CONFIG)))
            self.end_headers()
            self.wfile.write(CONFIG)
            return
        if self.path == "/callback":  # the page reads the answer itself
            self.path = "/index.html"
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its own name
        """Log nothing: an address may hold a code."""


if __name__ == "__main__":
    print(f"http://localhost:{PORT}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), partial(Page, directory=str(STATIC))).serve_forever()
