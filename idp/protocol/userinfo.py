"""The UserInfo request and answer (OpenID Connect Core §5.3, RFC 6750)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.grant import Grant

TYP = "JWT"  # as integrators' libraries expect; without exp it passes for no ID token
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def bearer_token(authorization: str | None, body: Mapping[str, str]) -> str:
    """Return the access token of a request: in the header, or in the form body of a POST.

    Never in the query (RFC 6750 §5.3: URLs are logged). Raises Refusal ``TOKEN_MISSING``,
    ``TOKEN_REPEATED`` or ``TOKEN_INVALID``.
    """
    in_body = body.get("access_token")
    scheme, _, in_header = (authorization or "").partition(" ")
    if authorization is not None and scheme.lower() != "bearer":
        raise Refusal(Cause.TOKEN_MISSING)
    if in_header and in_body:
        raise Refusal(Cause.TOKEN_REPEATED)
    token = in_header.strip() or in_body
    if not token:
        raise Refusal(Cause.TOKEN_MISSING)
    if not _TOKEN.fullmatch(token):
        raise Refusal(Cause.TOKEN_INVALID, problem="not of the form of RFC 6750 2.1")
    return token


def claims(grant: Grant) -> dict[str, object]:
    """Return the answer: the network ID, and the claims this grant releases here."""
    answers = grant.facts.answers
    answered = {name: answers[name] for name in grant.facts.userinfo_claims}
    return {"sub": grant.network_id, **answered}
