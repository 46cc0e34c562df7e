"""Many people at once: enrolled straight into the store, signed in, walked through a platform.

What a platform sees of a visit is all here: the redirect it gets, the tokens, the userinfo answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from idp.domain.person import Evidence, PersonStatus
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.protocol import acr
from idp.services.vault import Vault
from idp.storage import people
from tests.support.jwt import parts

if TYPE_CHECKING:
    from tests.support.logins import Platform
    from tests.support.provider import Provider

_OLDEST: Final = date(1930, 1, 1)
CONSTANT: Final = frozenset(
    {"iss", "aud", "client_id", "kid", "alg", "typ", "scope", "token_type", "acr", "amr", "exp"}
    | {"iat", "expires_in", "state", "nonce"}
)
"""Members that are the platform's own, the provider's own, or a time; judged apart."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One login as the platform sees it."""

    time: int
    values: frozenset[str]
    sub: str


async def enrol(provider: Provider, count: int) -> list[bytes]:
    """Put `count` people into the store; return their ids."""
    entropy = provider.parts.entropy
    vault = Vault(Sealer(provider.parts.keystore.secret(SecretDomain.FIELD), entropy))
    evidence = Evidence("test", "none", "none", "XX", 0)
    ids = [entropy.bytes(16) for _ in range(count)]
    async with provider.parts.database.transaction() as transaction:
        for place, person_id in enumerate(ids):
            await people.add(
                transaction,
                id=person_id,
                status=PersonStatus.ACTIVE.value,
                sandbox=0,
                birth_date_sealed=vault.seal_birth_date(
                    person_id, _OLDEST + timedelta(days=place * 3)
                ),
                evidence_sealed=vault.seal_evidence(person_id, evidence),
                notice_sealed=None,
                contact_sealed=None,
                webauthn_user_id=entropy.bytes(32),
                created_day=0,
            )
    return ids


async def sign_in(provider: Provider, person_id: bytes) -> str:
    """Begin a session as a passkey sign-in does; return its cookie."""
    return await provider.services.sessions.begin(
        person_id, acr=acr.PASSKEY, amr=acr.PASSKEY_METHODS, instead_of=None
    )


async def visit(provider: Provider, platform: Platform, cookie: str, **changes: str) -> Visit:
    """Log in at a platform, saying yes; return what the platform has seen of it.

    The person comes signed out, signs in on the way (``cookie``) and says yes. What is asked of a
    browser before is between it and the provider. One that stays connected comes back once.
    """
    interaction = provider.services.interactions.begin(platform.request(**changes), None)
    answer = await provider.services.authorize.resume(interaction, cookie, allowed=False)
    assert answer.location is not None, answer.step
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    tokens = (await platform.redeem(query["code"])).json()
    userinfo = (await platform.userinfo(tokens["access_token"])).json()
    seen: list[dict[str, Any]] = [query, tokens, userinfo]
    answers = [tokens]
    if "refresh_token" in tokens:
        answers.append((await platform.refresh(tokens["refresh_token"])).json())
        seen.append(answers[-1])
    for given in answers:
        for name in ("id_token", "access_token"):
            seen += parts(given[name])
    return Visit(
        time=provider.clock.now(),
        values=frozenset(value for members in seen for value in _values(members)),
        sub=userinfo["sub"],
    )


def _values(members: dict[str, Any]) -> list[str]:
    """Every value that could tell a person, whole, and where it is a pair, each of its halves."""
    told = [
        value if isinstance(value, str) else json.dumps(value)
        for name, value in members.items()
        if name not in CONSTANT and not isinstance(value, bool)
    ]
    return [piece for value in told for piece in {value, *_pieces(value)}]


def _pieces(value: str) -> list[str]:
    """Halves of a pair; of a JWT the signature, since header and claims are looked at by member."""
    return value.split(".")[2:] if value.startswith("ey") else value.split(".")
