"""Log in with network ID by FastAPI."""

import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from network_id import SignIn
from network_id.integrations.starlette import NetworkID

PORT = int(os.environ.get("PORT", "3000"))

app = FastAPI()
network_id = NetworkID.from_environment(url=f"http://localhost:{PORT}")
network_id.install(app)  # /login /callback /logout /backchannel-logout

PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>FastAPI</title>
<link rel="stylesheet" href="{network_id.button_css}"><h1>FastAPI and network ID</h1>"""
SIGNED_OUT = network_id.button(attributes={"data-testid": "login"})
SIGNED_IN = """<p>Your network ID here: <code data-testid="network-id">{}</code></p>
<p><a href="/cellar" data-testid="over-18">For people over 18</a></p>
<form method="post" action="/logout"><button data-testid="logout">Log out</button></form>"""


@app.get("/", response_class=HTMLResponse)
async def home(sign_in: Annotated[SignIn | None, Depends(network_id.current)]) -> str:
    return PAGE + (SIGNED_IN.format(sign_in.display) if sign_in else SIGNED_OUT)


@app.get("/cellar", response_class=HTMLResponse)
async def cellar(sign_in: Annotated[SignIn, Depends(network_id.required.over(18))]) -> str:
    return PAGE + f'<p data-testid="cellar">{sign_in.display} is over 18.</p>'


if __name__ == "__main__":
    print(f"http://localhost:{PORT}", flush=True)
    # No access log: an address may hold a code.
    uvicorn.run(app, host="localhost", port=PORT, access_log=False, log_level="warning")
