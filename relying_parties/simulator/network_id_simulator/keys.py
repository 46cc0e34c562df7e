"""The signing keys: one in use and two published ahead for each algorithm, and what went before.

As at the provider, a key is published before it signs, and served after it has stopped.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from joserfc.jwk import ECKey, RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from joserfc.jwk import KeyParameters

    from network_id_simulator.jws import Key

ALGORITHMS: Final = ("RS256", "ES256")
_RSA_BITS: Final = 2048
# Platforms fetch keys seldom: two rotations may come before the next time.
_AHEAD: Final = 2
# A provider takes old keys away in time. A long run of tests would publish hundreds otherwise, and
# platforms do not read a JWKS without end.
_MOST_RETIRED: Final = 20


def generate(alg: str) -> Key:
    """Return a new key for ``alg``, named by its thumbprint."""
    parameters: KeyParameters = {"use": "sig", "alg": alg}
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters, auto_kid=True)
    return RSAKey.generate_key(_RSA_BITS, parameters, auto_kid=True)


class Keys:
    """The keys of one simulator, which follow the rules until they are told otherwise."""

    def __init__(self, make: Callable[[str], Key] = generate) -> None:
        self._make = make
        self._current = {alg: make(alg) for alg in ALGORITHMS}
        self._ahead = {alg: [make(alg) for _ in range(_AHEAD)] for alg in ALGORITHMS}
        self._retired: deque[Key] = deque(maxlen=_MOST_RETIRED)

    def current(self, alg: str) -> Key:
        """Return the key that signs by ``alg``."""
        return self._current[alg]

    def stray(self, alg: str) -> Key:
        """Return a key that is published nowhere."""
        return self._make(alg)

    def published(self) -> list[dict[str, Any]]:
        """Return the public halves, as they stand in the JWKS."""
        return [dict(key.as_dict(private=False)) for key in self._all()]

    def find(self, kid: object) -> Key | None:
        """Return the published key of this name."""
        return next((key for key in self._all() if key.kid == kid), None)

    def rotate(self, alg: str) -> None:
        """Let the key sign that was published ahead, and publish another."""
        self._retired.append(self._current[alg])
        self._advance(alg)

    def rotate_at_once(self, alg: str) -> None:
        """Let a key sign that nobody has seen published yet; it is published from now on."""
        self._retired.append(self._current[alg])
        self._current[alg] = self._make(alg)

    def reuse_name(self, alg: str) -> Key:
        """Publish a new key under the name of the current one; return it, to sign with once.

        What is signed afterwards is signed by the key that was published ahead, so that platforms
        that remember either of the two go on.
        """
        members = self._make(alg).as_dict(private=True)
        impostor = type(self._current[alg]).import_key(
            {**members, "kid": self._current[alg].kid}  # type: ignore[dict-item]
        )
        self._retired.append(impostor)
        self._advance(alg)
        return impostor

    def withdraw(self, alg: str) -> Key:
        """Stop publishing the current key at once; return it, to sign with all the same."""
        withdrawn = self._current[alg]
        self._advance(alg)
        return withdrawn

    def _advance(self, alg: str) -> None:
        self._current[alg] = self._ahead[alg].pop(0)
        self._ahead[alg].append(self._make(alg))

    def _all(self) -> list[Key]:
        ahead = [key for keys in self._ahead.values() for key in keys]
        return [*self._current.values(), *ahead, *self._retired]
