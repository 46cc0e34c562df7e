"""A consent: what a person allowed one client, remembered under the network ID there."""

from __future__ import annotations

from dataclasses import dataclass

CONSENT_DAYS = 365


@dataclass(frozen=True, slots=True)
class Consent:
    """The items allowed (``openid``, claim names) and the day, since the epoch, it ends on."""

    network_id: str
    client_id: str
    items: frozenset[str]
    expires_day: int

    def live_items(self, *, today: int) -> frozenset[str]:
        """Return the items still allowed on the day ``today``: all of them, or none."""
        return self.items if today < self.expires_day else frozenset()
