"""What is measured: each operation asks a provider and checks what it answers."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.benchmarks.http import Answer, Connection
    from tests.benchmarks.plan import Client, Target, Visit


class WrongAnswer(Exception):
    """A provider answered what it must not; the text is a reason to count by."""


def expect(answer: Answer, status: int, where: str) -> None:
    if answer.status != status:
        raise WrongAnswer(f"{where}: {answer.status}")


def claims_of(token: str) -> dict[str, Any]:
    """Return what a JWT says, not verified: a run verifies one of many, outside the measure."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


class Requests:
    """The bytes of requests to one provider, made ready where they are always the same."""

    def __init__(self, target: Target) -> None:
        self._paths = target.paths
        self._host = f"host: {target.host}:{target.port}\r\n"
        self._authorization = [_basic(client) for client in target.clients]

    def get(self, endpoint: str, query: str = "", headers: str = "") -> bytes:
        path = self._paths[endpoint] + query
        return f"GET {path} HTTP/1.1\r\n{self._host}{headers}\r\n".encode()

    def post(self, endpoint: str, client: int, form: dict[str, str]) -> bytes:
        """Return a form that is posted with the client's authentication."""
        body = urlencode(form)
        return (
            f"POST {self._paths[endpoint]} HTTP/1.1\r\n{self._host}{self._authorization[client]}"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        ).encode()


def _basic(client: Client) -> str:
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}".encode()
    return f"authorization: Basic {b64encode(pair).decode()}\r\n"


class Silent:
    """One silent login: authorize, token, userinfo."""

    def __init__(self, target: Target, seed: int) -> None:
        self._requests = Requests(target)
        self._clients = target.clients
        self._seed = seed
        self.id_token = ""
        self._fixed = [_fixed_parameters(client) for client in target.clients]

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        state = f"s{self._seed}-{number}"
        verifier = hashlib.sha256(state.encode()).hexdigest()
        code = await self._authorize(connection, visit, state, verifier)
        client = self._clients[visit.client]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        }
        answer = await connection.ask(self._requests.post("token_endpoint", visit.client, form))
        expect(answer, 200, "token")
        tokens = json.loads(answer.body)
        claims = claims_of(tokens["id_token"])
        if claims["sub"] != visit.sub or claims["nonce"] != state:
            raise WrongAnswer("token: somebody else")
        self.id_token = tokens["id_token"]
        bearer = f"authorization: Bearer {tokens['access_token']}\r\n"
        answer = await connection.ask(self._requests.get("userinfo_endpoint", "", bearer))
        expect(answer, 200, "userinfo")
        if json.loads(answer.body)["sub"] != visit.sub:
            raise WrongAnswer("userinfo: somebody else")

    async def _authorize(
        self, connection: Connection, visit: Visit, state: str, verifier: str
    ) -> str:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = (
            f"{self._fixed[visit.client]}&state={state}&nonce={state}&code_challenge={challenge}"
        )
        cookie = f"cookie: {visit.cookie}\r\n"
        request = self._requests.get("authorization_endpoint", query, cookie)
        answer = await connection.ask(request)
        expect(answer, 303, "authorize")
        place = urlsplit(answer.location)
        told = parse_qs(place.query)
        if not answer.location.startswith(self._clients[visit.client].redirect_uri):
            raise WrongAnswer("authorize: somewhere else")
        if told.get("state") != [state]:
            raise WrongAnswer("authorize: another state")
        if "code" not in told:
            raise WrongAnswer(f"authorize: {told.get('error', ['no code'])[0]}")
        return told["code"][0]


def _fixed_parameters(client: Client) -> str:
    redirect, scope = quote(client.redirect_uri, safe=""), quote(client.scope)
    return (
        f"?client_id={quote(client.client_id)}&redirect_uri={redirect}&response_type=code"
        f"&scope={scope}&prompt=none&code_challenge_method=S256"
    )


if TYPE_CHECKING:
    Operation = Callable[[Connection, int, Visit], Awaitable[None]]

SCENARIOS: Final = {"silent": Silent}
