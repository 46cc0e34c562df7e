"""Two instances where clients register themselves: an open sandbox, and one by invitation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest_asyncio

from tests.support.internet import Internet
from tests.support.jwt import jwks, key, signed
from tests.support.provider import ISSUER, Provider, running
from tests.support.registering import Registrant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

TRUSTED: Final = "https://federation.example"
AUTHORITY, STRANGER = key(name="authority"), key(name="stranger")
PEOPLE: Final = {
    "purpose": "To know that you are one person.",
    "alternative": "Order as a guest.",
}


def issuers_file(folder: Path) -> Path:
    file = folder / "issuers.json"
    file.write_text(json.dumps([{"issuer": TRUSTED, "jwks": jwks(AUTHORITY)}]), encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anybody(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Registrant]:
    """An open sandbox."""
    internet, folder = Internet(), tmp_path_factory.mktemp("open")
    issuers = issuers_file(folder)
    async with running(
        folder, internet=internet, registration="open", statement_issuers_file=issuers
    ) as started:
        yield Registrant(started, internet)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def invited(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Registrant]:
    """An instance for real people, where one needs a token or a statement."""
    internet, folder = Internet(), tmp_path_factory.mktemp("token")
    issuers = issuers_file(folder)
    async with running(
        folder,
        internet=internet,
        sandbox=False,
        registration="token",
        statement_issuers_file=issuers,
    ) as started:
        yield Registrant(started, internet)


def claims(provider: Provider, **changes: Any) -> dict[str, Any]:
    now = provider.clock.now()
    ordinary = {
        "iss": TRUSTED,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 600,
        "platform": "bank",
        "client_name": "The Bank",
        "redirect_uris": ["https://bank.example/callback"],
    }
    return {n: v for n, v in (ordinary | PEOPLE | changes).items() if v is not None}


def statement(provider: Provider, signer: Any = AUTHORITY, **changes: Any) -> str:
    return signed(signer, claims(provider, **changes), typ="software-statement+jwt")
