"""Ordinary domain values for tests of pure rules; whatever is not given is ordinary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from idp.domain.client import Client
from idp.domain.grant import Grant, GrantFacts, redirect_digest
from idp.domain.refusal import Cause, Refusal
from idp.protocol.pkce import s256

if TYPE_CHECKING:
    from collections.abc import Callable

ISSUER: Final = "https://id.example"
NOW: Final = 1_767_225_600
NETWORK_ID: Final = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 Appendix B
AGES: Final = {"age_over_14": True, "age_over_18": False}


def client(**changes: Any) -> Client:
    ordinary: dict[str, Any] = {
        "client_id": "shop",
        "platform": "shop",
        "sector": "platform:shop",
        "redirect_uris": ("https://shop.example/callback",),
        "names": {"": "Shop"},
    }
    return Client(**ordinary | changes)


def grant(*, client_id: str = "shop", code_used: bool = False, **changes: Any) -> Grant:
    """A grant; `changes` are about its sealed facts, and `revoked`."""
    revoked = changes.pop("revoked", False)
    facts: dict[str, Any] = {
        "client_id": client_id,
        "redirect_digest": redirect_digest("https://shop.example/callback"),
        "code_expires_at": NOW + 60,
        "scope": ("openid",),
        "nonce": "a nonce",
        "code_challenge": s256(VERIFIER),
        "auth_time": None,
        "acr": "phr",
        "amr": ("pop", "user", "mfa"),
        "sid": None,
        "id_token_claims": (),
        "userinfo_claims": (),
        "ages": AGES,
    }
    return Grant(
        grant_id=bytes(range(16)),
        network_id=NETWORK_ID,
        facts=GrantFacts(**facts | changes),
        code_used=code_used,
        revoked=revoked,
    )


def cause_of(check: Callable[[], object]) -> Cause | None:
    """Why `check` refused, None when it did not; any other exception goes on."""
    try:
        check()
    except Refusal as refusal:
        return refusal.cause
    return None
