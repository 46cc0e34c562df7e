"""The two values that a platform holds: a sign-in under way, and one that succeeded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from network_id import network_id

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way, to be kept in the session of the browser that began it.

    Keep it where no other browser can reach it and use it once: it is what ties the answer to this
    browser. ``begun_at`` is in seconds since the epoch. The values are not shown in its repr.
    """

    issuer: str
    begun_at: int
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for a session store. They are secrets."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what `to_dict` stored. Raises TypeError when it is something else."""
        return cls(**values)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A verified sign-in. It exists only when every check has passed.

    ``network_id`` is the person's pseudonym at this platform, nowhere else: store this. ``ages``
    holds the age answers that came, e.g. ``{18: True}``. ``claims`` and ``header`` are the ID token
    decoded, read-only. ``kid`` names the provider's key that verified the signature by ``alg``.
    """

    network_id: str
    ages: Mapping[int, bool]
    acr: str | None
    kid: str
    alg: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    id_token: str = field(repr=False)

    @property
    def display(self) -> str:
        """The network ID as people read it: five groups of five."""
        return network_id.display(self.network_id)

    def over(self, age: int) -> bool | None:
        """Return whether the person has reached ``age``, or None when that was not answered."""
        return self.ages.get(age)
