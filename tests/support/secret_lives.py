"""A rotation of secrets, step by step, around somebody who has used all there is."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from idp.domain.secret_key import SecretDomain
from idp.domain.secret_version import WAIT_SECONDS

if TYPE_CHECKING:
    from idp.domain.secret_version import SecretState
    from tests.support.provider import Provider

FIELD: Final = SecretDomain.FIELD
SESSION: Final = SecretDomain.SESSION
LINK: Final = SecretDomain.LINK
DEDUP: Final = SecretDomain.DEDUP
MAIL: Final[dict[str, Any]] = {"smtp_url": "smtp://localhost:2525", "mail_from": "id@id.example"}


class Killed(BaseException):
    """Stands for the end of the process."""


async def states(provider: Provider, domain: SecretDomain) -> dict[int, SecretState]:
    """In which states the versions of a secret are."""
    found = await provider.services.secret_rotation.everyone()
    return {one.version: one.state for one in found if one.domain is domain}


async def begin(provider: Provider, domain: SecretDomain, version: int = 2) -> None:
    """Let a new version of a secret take over, and move what can be moved."""
    rotation = provider.services.secret_rotation
    await rotation.stage(domain)
    await rotation.go_on(domain)
    assert provider.services.secret_versions.secret(domain).active == version


async def finish(provider: Provider, domain: SecretDomain) -> None:
    """Wait until the old version can go, and let it."""
    provider.clock.advance(WAIT_SECONDS[domain])
    under_way = await provider.services.secret_rotation.go_on(domain)
    assert under_way.is_over, under_way


def same_life(told: dict[str, Any], before: dict[str, Any]) -> bool:
    """Tell whether a person's file says what it said before; what happened since may be added."""
    happened, had_happened = (Counter(_happened(one)) for one in (told, before))
    return (
        _in_order(told["network_ids"], "sector") == _in_order(before["network_ids"], "sector")
        and _in_order(told["consents"], "client_id") == _in_order(before["consents"], "client_id")
        and told["enrolment"] == before["enrolment"]
        and len(told["grants"]) == len(before["grants"])
        and had_happened <= happened
    )


def _in_order(rows: list[Any], name: str) -> list[Any]:
    return sorted(rows, key=itemgetter(name))


def _happened(told: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["happened"], one["at"], one["sector"]) for one in told["activity"]]


async def take_over(provider: Provider, domain: SecretDomain) -> None:
    """Let a new version take over, and move nothing yet: as between two steps of the command."""
    rotation = provider.services.secret_rotation
    await rotation.stage(domain)
    every = await rotation.everyone()
    old, *_, new = (one for one in every if one.domain is domain)
    await rotation._activate(old, new)
