"""Our adapter: ``idp init``, people and clients made in its databases, ``idp serve``."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import urlopen

from idp.app import build_services, open_keystore, parts_of
from idp.domain.person import Evidence, PersonStatus
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.protocol import acr
from idp.services.vault import Vault
from idp.settings import load
from idp.storage import people
from tests.benchmarks.plan import Client, Target, Visit
from tests.benchmarks.running import ROOT, environment, free_port, running

if TYPE_CHECKING:
    import subprocess as processes
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from idp.app import Parts
    from idp.web.site import Services

ALGORITHMS: Final = ("ES256", "RS256")
_BROWSER: Final = "b" * 32


@dataclass(frozen=True)
class Size:
    """How many people are signed in, and at how many clients each is known, by algorithm."""

    people: int = 200
    clients: int = 4


@dataclass
class Ours:
    """An instance that lies in ``folder``; ``targets`` by the algorithm that signs."""

    folder: Path
    issuer: str
    targets: dict[str, Target]
    variables: Mapping[str, str]

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator[processes.Popen[bytes]]:
        """Run ``idp serve`` for the length of the block."""
        serve = [sys.executable, "-m", "idp.cli", "serve", "--home", str(self.folder / "instance")]
        log, ready = self.folder / "server.log", f"{self.issuer}/healthz/ready"
        with running([*serve, "--workers", str(workers)], log, ready, self.variables) as process:
            yield process


def prepare(
    folder: Path,
    *,
    databases: Mapping[str, str] | None = None,
    durable: bool = True,
    size: Size = Size(),
) -> Ours:
    """Make an instance with people who are signed in and remembered.

    ``databases`` are URLs by the option of ``idp init``; SQLite without. SQLite flushes each commit
    where ``durable``; a sandbox does not, and has sandbox people.
    """
    port = free_port()
    issuer, home = f"http://localhost:{port}", folder / "instance"
    words = [word for name, url in (databases or {}).items() for word in (f"--{name}", url)]
    _idp("init", str(home), "--issuer", issuer, "--port", str(port), *words)
    if not durable:
        with (home / "settings.env").open("a", encoding="utf-8") as settings:
            settings.write("IDP_SANDBOX=true\n")
    paths: dict[str, str] = {}
    ours = Ours(folder, issuer, {}, {})
    with ours.serving(), urlopen(f"{issuer}/.well-known/openid-configuration") as answer:  # noqa: S310
        found = json.loads(answer.read())
    for name, address in found.items():
        if isinstance(address, str) and address.startswith(issuer):
            paths[name] = urlsplit(address).path
    paths["discovery"] = "/.well-known/openid-configuration"
    ours.targets = asyncio.run(_populate(home, paths, size))
    return ours


def _idp(*arguments: str) -> None:
    command = [sys.executable, "-m", "idp.cli", *arguments]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())


async def _populate(home: Path, paths: dict[str, str], size: Size) -> dict[str, Target]:
    settings = load(home)
    parts = parts_of(settings, open_keystore(settings))
    async with parts.opened():
        services = build_services(parts)
        await services.key_lives.keep_up()
        known = await _enrol(parts, size.people)
        cookies = [
            await services.sessions.begin(
                one, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
            )
            for one in known
        ]
        return {
            alg: await _target(parts, services, paths, alg, cookies, size.clients)
            for alg in ALGORITHMS
        }


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


async def _target(
    parts: Parts,
    services: Services,
    paths: dict[str, str],
    alg: str,
    cookies: list[str],
    clients: int,
) -> Target:
    registered = [await _client(services, alg, number) for number in range(clients)]
    visits = []
    for cookie in cookies:
        for number, client in enumerate(registered):
            sub = await _remember(services, client, cookie)
            visits.append(Visit(_cookies(parts.settings.issuer, cookie), number, sub))
    place = urlsplit(parts.settings.issuer)
    return Target(place.hostname or "", place.port or 0, paths, registered, visits)


def _cookies(issuer: str, session: str) -> str:
    """Return what a browser sends that was here before; the names are those of ``idp.web.site``."""
    prefix = f"network_id_{hashlib.sha256(issuer.encode()).hexdigest()[:8]}"
    return f"{prefix}_session={session}; {prefix}_browser={_BROWSER}"


async def _client(services: Services, alg: str, number: int) -> Client:
    redirect_uri = f"https://{alg.lower()}-{number}.example/callback"
    document: dict[str, Any] = {
        "client_name": f"Platform {number} of {alg}",
        "platform": f"platform-{alg.lower()}-{number}",
        "purpose": "To measure.",
        "alternative": "To measure nothing.",
        "redirect_uris": [redirect_uri],
        "id_token_signed_response_alg": alg,
    }
    registered = await services.clients.add(document)
    assert registered.secret is not None
    return Client(registered.client.client_id, registered.secret, redirect_uri)


async def _remember(services: Services, client: Client, cookie: str) -> str:
    """Let the person say yes at a client, to be remembered; return what they are called there."""
    sent = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": client.scope,
        "state": "first",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    interaction = services.interactions.begin(sent, None)
    answer = await services.authorize.resume(interaction, cookie, allowed=True)
    assert answer.told is not None, answer.step
    account = answer.attempt.known_account
    pseudonym = await services.issuing.network_id(answer.attempt.known_client, account)
    assert pseudonym is not None
    return pseudonym
