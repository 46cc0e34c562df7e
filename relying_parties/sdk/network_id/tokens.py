"""What a platform may do for a person: the access token, and the token to get the next one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from network_id.stored import read_fields, read_json, to_json


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one person at one provider. Who has them can use them: keep them on the server.

    ``expires_at`` (seconds since the epoch, by this machine's clock) is None when the provider did
    not say. ``scope`` is what was granted, None for what was asked. ``refresh_token`` is None
    unless the person stays connected (scope ``offline_access``). ``dpop_key`` is the thumbprint of
    the key that the access token is bound to. No token is shown in its repr.
    """

    issuer: str
    network_id: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    scope: str | None = None
    auth_time: int | None = None
    dpop_key: str | None = None

    def are_over(self, now: int) -> bool:
        """Tell whether the access token has expired at ``now`` (seconds since the epoch)."""
        return self.expires_at is not None and now >= self.expires_at

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for the server's own store. They are secrets."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def to_json(self) -> str:
        """Return `to_dict` as text."""
        return to_json(self.to_dict())

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Return what `to_dict` stored. Raises SessionValueError when it is anything else."""
        return cls(**read_fields(cls, values, TYPES))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return what `to_json` stored. Raises SessionValueError when it is anything else."""
        return cls.from_dict(read_json(text, cls.__name__))


TYPES: Final[dict[str, type]] = {
    "issuer": str,
    "network_id": str,
    "access_token": str,
    "refresh_token": str,
    "expires_at": int,
    "scope": str,
    "auth_time": int,
    "dpop_key": str,
}
