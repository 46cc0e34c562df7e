"""The authorization request (OpenID Connect Core 1.0 §3.1.2.1): what a platform may ask, and how.

Everything is checked against the provider's metadata before anybody is sent away: a person cannot
mend a request. State and nonce have 256 random bits each; PKCE is S256 (RFC 7636 §4.2).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypedDict

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from network_id.errors import RequestInvalidError, shown
from network_id.sign_in import Pending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from network_id.client_auth import Credentials
    from network_id.metadata import Metadata
    from network_id.options import Options

TOKEN_CHARACTERS: Final = 43  # of 62 kinds: 256 bits


class Ask(TypedDict, total=False):
    """What `begin_sign_in` may be told, each by its name. Whatever is left out is not asked.

    ``ages``: each answered by yes or no, e.g. ``[18]`` → ``sign_in.over(18)``.
    ``max_age``: seconds for which an earlier proof of presence is good enough; ``auth_time`` is
    then checked, 0 demands a new one. ``prompt``: ``none`` (no page is shown, or
    ``login_required``), ``login``, ``consent``, ``select_account``; a wish that only ``max_age``
    proves to have been met. ``acr_values``: wished ways to sign in, best first, told in
    ``sign_in.acr``. ``required_acr``: one of these, or the sign-in is refused.
    ``ui_locales``: languages, best first, e.g. ``"zh-Hans en"``. ``scope``: instead of the one in
    `Options`. ``claims``: the rest of OpenID Connect Core 1.0 §5.5, as a mapping.
    """

    ages: Collection[int] | None
    max_age: int | None
    prompt: str | None
    acr_values: Collection[str] | None
    required_acr: Collection[str] | None
    ui_locales: str | None
    scope: str | None
    claims: Mapping[str, Any] | None


def new_request(
    ask: Ask, metadata: Metadata, credentials: Credentials, options: Options
) -> tuple[dict[str, str], Pending]:
    """Return the parameters of a request, and what its answer will be checked against.

    Raises RequestInvalidError.
    """
    _check(ask, metadata)
    dpop_key = None if credentials.dpop_key is None else credentials.dpop_key.thumbprint
    pending = Pending(
        issuer=metadata.issuer,
        begun_at=options.clock(),
        state=generate_token(TOKEN_CHARACTERS),
        nonce=generate_token(TOKEN_CHARACTERS),
        code_verifier=generate_token(TOKEN_CHARACTERS),
        max_age=ask.get("max_age"),
        required_acr=_words(ask.get("required_acr")),
        dpop_key=dpop_key,
    )
    parameters: dict[str, object] = {
        "response_type": "code",
        "client_id": credentials.client_id,
        "redirect_uri": credentials.redirect_uri,
        "scope": ask.get("scope") or options.scope,
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": create_s256_code_challenge(pending.code_verifier),
        "code_challenge_method": "S256",
        "claims": _claims(ask),
        "prompt": ask.get("prompt"),
        "max_age": ask.get("max_age"),
        "acr_values": _words(ask.get("acr_values")),
        "ui_locales": ask.get("ui_locales"),
        "dpop_jkt": dpop_key,  # RFC 9449 §10: a code that leaks is worth nothing without the key
    }
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return given, pending


def _check(ask: Ask, metadata: Metadata) -> None:
    if unknown := ask.keys() - Ask.__annotations__.keys():
        raise RequestInvalidError(
            expected=f"among {', '.join(sorted(Ask.__annotations__))}", came=shown(min(unknown))
        )
    for age in ask.get("ages") or ():
        _offered(metadata, "claims_supported", _age_claim(age))
    for one in (ask.get("prompt") or "").split():
        _offered(metadata, "prompt_values_supported", one)
    for name in ("acr_values", "required_acr"):
        for value in _each(ask.get(name), name):
            _offered(metadata, "acr_values_supported", value)
    max_age = ask.get("max_age")
    if max_age is not None and (type(max_age) is not int or max_age < 0):
        raise RequestInvalidError(expected="max_age in whole seconds", came=shown(max_age))


def _age_claim(age: object) -> str:
    if type(age) is not int or age <= 0:
        raise RequestInvalidError(expected="ages as numbers of years", came=shown(age))
    return f"age_over_{age}"


def _each(values: object, name: str) -> Collection[str]:
    """Return the values; one text in place of a list would be asked letter by letter."""
    if values is None:
        return ()
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise RequestInvalidError(expected=f"{name} as a list", came=shown(values))
    return list(values)


def _offered(metadata: Metadata, name: str, value: object) -> None:
    offered = metadata.supported.get(name)
    if offered is not None and value not in offered:
        raise RequestInvalidError(
            expected=f"what the provider offers ({name}: {', '.join(map(shown, offered))})",
            came=shown(value),
        )


def _words(values: Collection[str] | None) -> str | None:
    return " ".join(values) if values else None


def _claims(ask: Ask) -> str | None:
    claims = {place: dict(members or {}) for place, members in (ask.get("claims") or {}).items()}
    in_id_token = claims.setdefault("id_token", {})
    for age in ask.get("ages") or ():
        in_id_token.setdefault(_age_claim(age), None)
    if required := ask.get("required_acr"):
        in_id_token["acr"] = {"essential": True, "values": list(required)}
    asked = {place: members for place, members in claims.items() if members}
    return json.dumps(asked, separators=(",", ":")) if asked else None
