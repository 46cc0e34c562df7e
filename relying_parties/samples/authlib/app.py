"""Log in with network ID by Authlib and Starlette alone, without the SDK."""

import logging
import os
import secrets
from string import Template

import uvicorn
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER = os.environ["NETWORK_ID_ISSUER"]
CLIENT_ID = os.environ["NETWORK_ID_CLIENT_ID"]
PORT = int(os.environ.get("PORT", "3000"))
REDIRECT_URI = f"http://localhost:{PORT}/callback"
# What Authlib leaves to you: whose token it is, whom it is for, and whom it is about.
CLAIMS = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": CLIENT_ID},
    "sub": {"essential": True},
}
# A login that fails: refused, not verified, the provider away, not an answer, or half of one.
FAILURES = (AuthlibBaseError, JoseError, HTTPError, ValueError, KeyError)
network_id = OAuth().register(
    "network_id",
    client_id=CLIENT_ID,
    client_secret=os.environ["NETWORK_ID_CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
)

PAGE = Template("""<!doctype html><html lang="en"><meta charset="utf-8"><title>Authlib</title>
<h1>Authlib and network ID</h1>$inside""")
SIGNED_OUT = """<p><a href="/login" data-testid="login">Log in with network ID</a></p>"""
SIGNED_IN = """<p>Your network ID here: <code data-testid="network-id">{}</code></p>
<form method="post" action="/logout"><button data-testid="logout">Log out</button></form>"""
REFUSED = """<p role="alert" data-testid="refused">{}</p>""" + SIGNED_OUT


def page(inside: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.substitute(inside=inside), status)


async def home(request: Request) -> Response:
    sub = request.session.get("network_id")
    if sub is None:
        return page(SIGNED_OUT)
    return page(SIGNED_IN.format("-".join(sub[at : at + 5] for at in range(0, len(sub), 5))))


async def login(request: Request) -> Response:
    # And this: a discovery document of another issuer leads to another provider.
    metadata = await network_id.load_server_metadata()
    if metadata.get("issuer") != ISSUER:
        raise ValueError("the discovery document is another issuer's")
    answer: Response = await network_id.authorize_redirect(request, REDIRECT_URI)
    return answer


async def callback(request: Request) -> Response:
    # And this (RFC 9207): another provider's answer is refused before its code is sent anywhere.
    if request.query_params.get("iss") != ISSUER:
        raise ValueError("the answer is another issuer's")
    # RFC 7517 §5: pass over keys of other kinds, for one of which Authlib would refuse all.
    keys = await network_id.fetch_jwk_set()
    keys["keys"] = [key for key in keys["keys"] if key.get("kty") == "RSA" and "n" in key]
    token = await network_id.authorize_access_token(request, claims_options=CLAIMS)
    request.session.clear()
    request.session["network_id"] = token["userinfo"]["sub"]
    return RedirectResponse("/", 303)


async def logout(request: Request) -> Response:
    request.session.clear()
    return RedirectResponse("/", 303)


async def refused(request: Request, error: Exception) -> Response:
    # What was begun is over. Who is logged in stays so: a link of somebody's must log nobody out.
    for name in request.session.keys() - {"network_id"}:
        del request.session[name]
    network_id.server_metadata.clear()  # Authlib keeps what it fetched, right or wrong, for ever
    if isinstance(error, AuthlibBaseError) and error.error == "access_denied":
        return page(REFUSED.format("You said no, and nothing was shared."), 403)
    logging.getLogger(__name__).warning("login refused: %s", type(error).__name__)
    return page(REFUSED.format("That login did not work. Nobody was logged in."), 403)


app = Starlette(
    routes=[
        Route("/", home),
        Route("/login", login),
        Route("/callback", callback),
        Route("/logout", logout, methods=["POST"]),
    ],
    middleware=[
        Middleware(
            SessionMiddleware,
            session_cookie="authlib-sample",
            secret_key=os.environ.get("SESSION_SECRET") or secrets.token_urlsafe(32),
        )
    ],
    exception_handlers=dict.fromkeys(FAILURES, refused),
)

if __name__ == "__main__":
    print(f"http://localhost:{PORT}", flush=True)
    # No access log: an address may hold a code.
    uvicorn.run(app, host="localhost", port=PORT, access_log=False, log_level="warning")
