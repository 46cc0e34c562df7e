"""Log in with network ID by Flask."""

import logging
import os

from flask import Flask
from network_id.integrations.flask import NetworkID

PORT = int(os.environ.get("PORT", "3000"))

app = Flask(__name__)
network_id = NetworkID.from_environment(url=f"http://localhost:{PORT}")
network_id.install(app)  # /login /callback /logout /backchannel-logout

PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>Flask</title>
<link rel="stylesheet" href="{network_id.button_css}"><h1>Flask and network ID</h1>"""
SIGNED_OUT = network_id.button(attributes={"data-testid": "login"})
SIGNED_IN = """<p>Your network ID here: <code data-testid="network-id">{}</code></p>
<p><a href="/cellar" data-testid="over-18">For people over 18</a></p>
<form method="post" action="/logout"><button data-testid="logout">Log out</button></form>"""


@app.get("/")
def home() -> str:
    sign_in = network_id.current()
    return PAGE + (SIGNED_IN.format(sign_in.display) if sign_in else SIGNED_OUT)


@app.get("/cellar")
@network_id.required.over(18)
def cellar() -> str:
    return PAGE + '<p data-testid="cellar">You are over 18.</p>'


if __name__ == "__main__":
    print(f"http://localhost:{PORT}", flush=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # an address in its log may hold a code
    app.run("localhost", PORT)
