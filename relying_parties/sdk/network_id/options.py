"""What a platform may set, checked before anything is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network_id.errors import AlgorithmRefusedError, shown
from network_id.keys import KEY_TYPES
from network_id.system import system_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from network_id.client_key import KeyInput
    from network_id.logout_token import LogoutIsNew


@dataclass(frozen=True, slots=True)
class Options:
    """What a platform may set; the defaults are right for most.

    ``algorithms``: the registered id_token_signed_response_alg, one or more of
    RS256, PS256, ES256 and Ed25519.
    ``scope``: asked at every sign-in.

    ``private_key``: authenticate by ``private_key_jwt`` (RFC 7523) in place of a client_secret.
    ``dpop_key``: bind tokens to this key (RFC 9449); the same one in all processes. Both: a PEM, a
    JWK, or a `ClientKey`. ``pushed``: push each request to the provider first (RFC 9126), as is
    done anyway where the provider demands it.

    ``seconds`` and ``size`` (bytes) bound each fetch.
    ``leeway``: seconds by which the two clocks may differ. ``logout_is_new``: where used logout
    tokens are remembered; the default is this process's memory. ``transport``: another way out, for
    tests and proxies; the limits hold for it too.

    Raises AlgorithmRefusedError.
    """

    scope: str = "openid"
    algorithms: frozenset[str] = frozenset(KEY_TYPES)
    private_key: KeyInput | None = field(default=None, repr=False)
    dpop_key: KeyInput | None = field(default=None, repr=False)
    pushed: bool = False
    seconds: float = 5.0
    size: int = 262_144
    leeway: int = 30
    clock: Callable[[], int] = system_clock
    logout_is_new: LogoutIsNew | None = None
    transport: httpx2.AsyncBaseTransport | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.algorithms or not self.algorithms <= set(KEY_TYPES):
            raise AlgorithmRefusedError(
                expected=" and ".join(sorted(KEY_TYPES)), came=shown(sorted(self.algorithms))
            )
