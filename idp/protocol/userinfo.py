"""The UserInfo answer (OpenID Connect Core §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.domain.grant import Grant

TYP = "JWT"  # as integrators' libraries expect; without exp it passes for no ID token


def claims(grant: Grant) -> dict[str, object]:
    """Return the answer: the network ID, and the claims this grant releases here."""
    answers = grant.facts.answers
    answered = {name: answers[name] for name in grant.facts.userinfo_claims}
    return {"sub": grant.network_id, **answered}
