"""The UserInfo answer (OpenID Connect Core §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.release import CLAIMS_OF_SCOPE

if TYPE_CHECKING:
    from idp.domain.grant import Grant

TYP = "JWT"  # as integrators' libraries expect; without exp it passes for no ID token


def claims(grant: Grant, scope: tuple[str, ...]) -> dict[str, object]:
    """Return the answer: the network ID, and the claims this grant releases here.

    ``scope`` is the access token's: what it was narrowed to at a refresh answers for no more.
    """
    if not grant.facts.userinfo_claims:
        return {"sub": grant.network_id}
    answers, withheld = grant.facts.answers, frozenset(grant.facts.scope) - frozenset(scope)
    without = {name for value in withheld for name in CLAIMS_OF_SCOPE.get(value, ())}
    answered = {name: answers[name] for name in grant.facts.userinfo_claims if name not in without}
    return {"sub": grant.network_id, **answered}
