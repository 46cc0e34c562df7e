"""A consent: what a person allowed one client, remembered until a day."""

from __future__ import annotations

from msgspec import Struct

from idp.domain.resource import MAX_SCOPES_OF_CLIENT, is_item

CONSENT_DAYS = 365


class Consent(Struct, frozen=True):
    """The items allowed (``openid``, claim names), since when, and until which day.

    ``given_at`` is in epoch seconds, ``expires_day`` in days since the epoch. ``sector`` is the
    client's. ``record`` is a random name for this yes, which its receipt carries.
    """

    client_id: str
    sector: str
    items: frozenset[str]
    given_at: int
    expires_day: int
    record: str

    def live_items(self, *, today: int) -> frozenset[str]:
        """Return the items still allowed on the day ``today``: all of them, or none."""
        return self.items if today < self.expires_day else frozenset()


def text_of(items: frozenset[str]) -> str:
    """Return items as one text, always the same for the same items."""
    return " ".join(sorted(items))


def joined(items: frozenset[str], kept: frozenset[str]) -> frozenset[str]:
    """Return a yes to ``items`` together with what was allowed before and still is.

    A consent has one size. When resources have changed so often that their items would not fit,
    those of before go: they are asked for again.
    """
    together = items | kept
    if sum(map(is_item, together)) <= MAX_SCOPES_OF_CLIENT:
        return together
    return items | {item for item in kept if not is_item(item)}
