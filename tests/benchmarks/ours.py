"""Our adapter: ``idp init``, people and clients made in its databases, ``idp serve``."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from idp.app import build_services, open_keystore, parts_of
from idp.domain.person import Evidence, PersonStatus
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.protocol import acr
from idp.protocol.pkce import s256
from idp.services.vault import Vault
from idp.settings import load
from idp.storage import people
from tests.benchmarks import population, sampled
from tests.benchmarks.plan import Api, Client, Target, Visit
from tests.benchmarks.providers import DATABASE, SERVER, Served, postmaster
from tests.benchmarks.running import ROOT, discover, environment, free_port, running
from tests.benchmarks.scenarios import claims_of
from tests.support.logins import basic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from idp.app import Parts
    from idp.services.registered import Registered
    from idp.web.site import Services
    from tests.benchmarks.providers import Place

ALGORITHMS: Final = ("ES256", "RS256")
CLIENTS: Final = 4
RESOURCE: Final = "https://records.example/api"
RESOURCE_SCOPE: Final = "records:read"
ONCE: Final = {"scope": "openid"}
LASTING: Final = {"scope": f"openid offline_access {RESOURCE_SCOPE}", "resource": RESOURCE}
_BROWSER: Final = "b" * 32


@dataclass
class Ours:
    """An instance that lies in ``folder``; ``targets`` as in ``Served``, and so ``lasting``."""

    folder: Path
    issuer: str
    targets: dict[str, Target]
    lasting: dict[str, Target]
    watch: dict[str, int]
    samples: Path | None = None

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator[Served]:
        """Run ``idp serve`` for the length of the block."""
        program, variables = "idp.cli", {}
        if self.samples is not None:
            program, variables = sampled.__name__, {sampled.VARIABLE: str(self.samples)}
        serve = [sys.executable, "-m", program, "serve", "--home", f"{self.folder}/instance"]
        log, ready = self.folder / "server.log", f"{self.issuer}/healthz/ready"
        with running([*serve, "--workers", str(workers)], log, ready, variables) as process:
            yield Served(self.targets, {SERVER: process.pid} | self.watch, self.lasting)


def on_sqlite(place: Place) -> Ours:
    """SQLite that flushes every commit (``synchronous=FULL``), as where people are real."""
    return _prepare(place)


def on_sqlite_normal(place: Place) -> Ours:
    """SQLite as the sandbox has it: a power cut may cost the last second (``NORMAL``)."""
    return _prepare(place, settings="IDP_SANDBOX=true\n")


def on_postgresql(place: Place) -> Ours:
    """PostgreSQL, both stores in one server."""
    cluster = place.postgres()
    names = ("database-url", "enrolment-database-url")
    databases = {name: cluster.new_database() for name in names}
    return _prepare(place, databases, watch={DATABASE: postmaster(cluster)})


def _prepare(
    place: Place,
    databases: Mapping[str, str] | None = None,
    settings: str = "",
    watch: dict[str, int] | None = None,
) -> Ours:
    """Make an instance with people who are signed in and remembered."""
    port = free_port()
    issuer, home = f"http://localhost:{port}", place.folder / "instance"
    words = [word for name, url in (databases or {}).items() for word in (f"--{name}", url)]
    _idp("init", str(home), "--issuer", issuer, "--port", str(port), *words)
    with (home / "settings.env").open("a", encoding="utf-8") as file:
        file.write(settings)
    ours = Ours(place.folder, issuer, {}, {}, watch or {})
    with ours.serving():
        paths = discover(issuer)
    ours.targets, ours.lasting = asyncio.run(_populate(home, paths, place.people))
    if place.strangers:
        shapes = population.shapes_of(place.strangers)
        population.load(load(home).database_url, place.strangers, shapes)
    return ours


def _idp(*arguments: str) -> None:
    command = [sys.executable, "-m", "idp.cli", *arguments]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())


async def _populate(
    home: Path, paths: dict[str, str], count: int
) -> tuple[dict[str, Target], dict[str, Target]]:
    """Return the targets whose clients ask for a sign-in alone, and those that ask for more.

    They are clients of their own: each asks for just what was allowed to it, time and again.
    """
    settings = load(home)
    parts = parts_of(settings, open_keystore(settings))
    async with parts.opened():
        services = build_services(parts)
        await services.key_lives.keep_up()
        api = await _api(services)
        cookies = [
            await services.sessions.begin(
                one, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
            )
            for one in await _enrol(parts, count)
        ]
        place = urlsplit(settings.issuer)
        made: tuple[dict[str, Target], dict[str, Target]] = ({}, {})
        for targets, asked in zip(made, (ONCE, LASTING), strict=True):
            for alg in ALGORITHMS:
                name = f"{alg.lower()}-{len(asked)}"
                clients = [await _client(services, alg, f"{name}-{n}") for n in range(CLIENTS)]
                visits = [
                    replace(await _visit(services, client, cookie, asked), client=number)
                    for cookie in cookies
                    for number, client in enumerate(clients)
                ]
                named = [replace(v, cookie=_cookies(settings.issuer, v.cookie)) for v in visits]
                host, port = place.hostname or "", place.port or 0
                targets[alg] = Target(host, port, paths, clients, named, api)
        return made


async def _enrol(parts: Parts, count: int) -> list[bytes]:
    entropy = parts.entropy
    vault = Vault(Sealer(parts.keystore.secret(SecretDomain.FIELD), entropy))
    evidence = Evidence("test", "substantial", "none", "XX", 0)
    ids = [entropy.bytes(16) for _ in range(count)]
    async with parts.database.transaction() as transaction:
        for person_id in ids:
            await people.add(
                transaction,
                id=person_id,
                status=PersonStatus.ACTIVE.value,
                sandbox=int(parts.settings.sandbox),
                birth_date_sealed=vault.seal_birth_date(person_id, date(1980, 5, 17)),
                evidence_sealed=vault.seal_evidence(person_id, evidence),
                notice_sealed=None,
                contact_sealed=None,
                webauthn_user_id=entropy.bytes(32),
                created_day=0,
            )
    return ids


def _cookies(issuer: str, session: str) -> str:
    """Return what a browser sends that was here before; the names are those of ``idp.web.site``."""
    prefix = f"network_id_{hashlib.sha256(issuer.encode()).hexdigest()[:8]}"
    return f"{prefix}_session={session}; {prefix}_browser={_BROWSER}"


async def _api(services: Services) -> Api:
    document: dict[str, Any] = {
        "client_name": "Records",
        "platform": "records",
        "grant_types": [],
        "redirect_uris": [],
        "resource": RESOURCE,
        "resource_scopes": {RESOURCE_SCOPE: "Read your records"},
    }
    return Api(_known(await services.clients.add(document)), RESOURCE_SCOPE, RESOURCE)


async def _client(services: Services, alg: str, name: str) -> Client:
    redirect_uri = f"https://{name}.example/callback"
    document: dict[str, Any] = {
        "client_name": f"Platform {name}",
        "platform": f"platform-{name}",
        "purpose": "To measure.",
        "alternative": "To measure nothing.",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": f"openid offline_access {RESOURCE_SCOPE}",
        "id_token_signed_response_alg": alg,
    }
    return _known(await services.clients.add(document), redirect_uri)


def _known(registered: Registered, redirect_uri: str = "") -> Client:
    assert registered.secret is not None
    return Client(registered.client.client_id, registered.secret, redirect_uri)


async def _visit(
    services: Services, client: Client, cookie: str, asked: Mapping[str, str]
) -> Visit:
    """Let the person say yes at a client, to be remembered, and let it redeem the code."""
    verifier = "v" * 64
    sent = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "state": "first",
        "code_challenge": s256(verifier),
        "code_challenge_method": "S256",
        **asked,
    }
    interaction = services.interactions.begin(sent, None)
    answer = await services.authorize.resume(interaction, cookie, allowed=True)
    form = {
        "grant_type": "authorization_code",
        "code": answer.attempt.code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    authorization = basic(client.client_id, client.secret)["authorization"]
    members = (await services.token.answer(form, authorization)).members
    sub = claims_of(str(members["id_token"]))["sub"]
    return Visit(cookie, 0, sub, str(members.get("refresh_token", "")))
