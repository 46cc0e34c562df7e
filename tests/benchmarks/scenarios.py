"""What is measured: each operation asks a provider and checks what it answers."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

if TYPE_CHECKING:
    from tests.benchmarks.http import Answer, Connection
    from tests.benchmarks.plan import Client, Target, Visit


BUSY: Final = 503


class WrongAnswer(Exception):
    """A provider answered what it must not; the text is a reason to count by."""


class Declined(Exception):
    """A provider that has too much to do asks to come back: neither a login nor a wrong answer."""


def expect(answer: Answer, status: int, where: str) -> None:
    if answer.status == BUSY and answer.retry_after:
        raise Declined
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


class Scenario:
    """What one operation is. ``people`` bounds how many visits a run uses; None for all.

    ``id_token`` is the last that came, to be verified once the measure is over. ``lasts`` tells
    whether the visits have to be to clients that may go on without the person, and at an API.
    """

    people: int | None = None
    lasts = False

    def __init__(self, target: Target, seed: int) -> None:
        self.target = target
        self.requests = Requests(target)
        self.seed = seed
        self.id_token = ""
        self.newest: dict[int, str] = {}  # refresh tokens, by the visit's id()

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        raise NotImplementedError


class Silent(Scenario):
    """One silent login: authorize, token, userinfo."""

    more_scope, more = "", ""

    def __init__(self, target: Target, seed: int) -> None:
        super().__init__(target, seed)
        self._fixed = [self._fixed_parameters(client) for client in target.clients]

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        tokens = await self.tokens(connection, number, visit)
        bearer = f"authorization: Bearer {tokens['access_token']}\r\n"
        answer = await connection.ask(self.requests.get("userinfo_endpoint", "", bearer))
        expect(answer, 200, "userinfo")
        if json.loads(answer.body)["sub"] != visit.sub:
            raise WrongAnswer("userinfo: somebody else")

    async def tokens(self, connection: Connection, number: int, visit: Visit) -> dict[str, Any]:
        """Return the token answer of a login, checked."""
        state = f"s{self.seed}-{number}"
        verifier = hashlib.sha256(state.encode()).hexdigest()
        code = await self._authorize(connection, visit, state, verifier)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.target.clients[visit.client].redirect_uri,
            "code_verifier": verifier,
        }
        answer = await connection.ask(self.requests.post("token_endpoint", visit.client, form))
        expect(answer, 200, "token")
        tokens: dict[str, Any] = json.loads(answer.body)
        claims = claims_of(tokens["id_token"])
        if claims["sub"] != visit.sub or claims["nonce"] != state:
            raise WrongAnswer("token: somebody else")
        self.id_token = tokens["id_token"]
        return tokens

    async def _authorize(
        self, connection: Connection, visit: Visit, state: str, verifier: str
    ) -> str:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = (
            f"{self._fixed[visit.client]}&state={state}&nonce={state}&code_challenge={challenge}"
        )
        cookie = f"cookie: {visit.cookie}\r\n"
        request = self.requests.get("authorization_endpoint", query, cookie)
        answer = await connection.ask(request)
        expect(answer, 303, "authorize")
        told = parse_qs(urlsplit(answer.location).query)
        if not answer.location.startswith(self.target.clients[visit.client].redirect_uri):
            raise WrongAnswer("authorize: somewhere else")
        if told.get("state") != [state]:
            raise WrongAnswer("authorize: another state")
        if "code" not in told:
            raise WrongAnswer(f"authorize: {told.get('error', ['no code'])[0]}")
        return told["code"][0]

    def _fixed_parameters(self, client: Client) -> str:
        redirect, scope = quote(client.redirect_uri, safe=""), quote(f"openid{self.more_scope}")
        return (
            f"?client_id={quote(client.client_id)}&redirect_uri={redirect}&response_type=code"
            f"&scope={scope}&prompt=none&code_challenge_method=S256{self.more}"
        )


class Refresh(Scenario):
    """One refresh: the token that came last gives the next one."""

    lasts = True

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        token = self.newest.get(id(visit), visit.refresh_token)
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = await connection.ask(self.requests.post("token_endpoint", visit.client, form))
        expect(answer, 200, "refresh")
        tokens = json.loads(answer.body)
        if claims_of(tokens["id_token"])["sub"] != visit.sub or "access_token" not in tokens:
            raise WrongAnswer("refresh: somebody else")
        if tokens["refresh_token"] == token:
            raise WrongAnswer("refresh: the same token again")
        self.newest[id(visit)] = tokens["refresh_token"]


class ClientCredentials(Scenario):
    """A token for the program itself."""

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        form = {"grant_type": "client_credentials"}
        if self.target.api is not None:
            form["scope"] = self.target.api.scope
        answer = await connection.ask(self.requests.post("token_endpoint", visit.client, form))
        expect(answer, 200, "client_credentials")
        if not json.loads(answer.body)["access_token"]:
            raise WrongAnswer("client_credentials: no token")


class Introspection(Silent):
    """A resource server asks about a person's token, got once by a login before the measure."""

    people = 32
    lasts = True

    def __init__(self, target: Target, seed: int) -> None:
        if target.api is not None:
            self.more_scope = f" {target.api.scope}"
            self.more = f"&resource={quote(target.api.resource, safe='')}"
            self._askers = Requests(replace(target, clients=[target.api.client]))
        else:
            self._askers = Requests(target)
        self._tokens: dict[int, str] = {}
        super().__init__(target, seed)

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        if id(visit) not in self._tokens:
            tokens = await self.tokens(connection, number, visit)
            self._tokens[id(visit)] = tokens["access_token"]
        asker = visit.client if self.target.api is None else 0
        form = {"token": self._tokens[id(visit)]}
        answer = await connection.ask(self._askers.post("introspection_endpoint", asker, form))
        expect(answer, 200, "introspection")
        told = json.loads(answer.body)
        if told["active"] is not True or told["sub"] != visit.sub:
            raise WrongAnswer("introspection: not active, or somebody else")


class Discovery(Scenario):
    """The discovery document."""

    endpoint, member = "discovery", b'"issuer"'

    async def __call__(self, connection: Connection, number: int, visit: Visit) -> None:
        answer = await connection.ask(self.requests.get(self.endpoint))
        expect(answer, 200, self.endpoint)
        if self.member not in answer.body:
            raise WrongAnswer(f"{self.endpoint}: something else")


class Jwks(Discovery):
    """The key set."""

    endpoint, member = "jwks_uri", b'"keys"'


SCENARIOS: Final[dict[str, type[Scenario]]] = {
    "silent": Silent,
    "refresh": Refresh,
    "client_credentials": ClientCredentials,
    "introspection": Introspection,
    "discovery": Discovery,
    "jwks": Jwks,
}
