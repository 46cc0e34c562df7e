"""Private key bytes: where they lie, how they are protected, and signing with them.

Owns signing keys and symmetric secrets. Private bytes of signing keys never leave this package,
and none of its keys appears in a `repr`, an error or a log. It never decides what is signed and
never touches the database.

Three stores keep the same promises: `files` for instances, `pkcs11` for those with a hardware
module, `memory` for tests.
"""

from collections.abc import Sequence
from typing import Protocol

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import SecretDomain, VersionedSecret
from idp.protocol.jose import Signer

__all__ = ["Keystore", "Signer"]


class Keystore(Protocol):
    """All keys of one instance, loaded and checked."""

    def signers(self) -> Sequence[Signer]:
        """Return the signing keys, in the order of ``ALGORITHMS``, each oldest first.

        There is one at least for each of ``REQUIRED``: stores that are older than the other
        algorithms have none for them. Which of them signs is not decided here.
        """
        ...

    def look_again(self) -> Sequence[Signer]:
        """Read all keys anew and return ``signers``; ``secret`` is as new then. Takes a while.

        Another process may have made or destroyed one.
        """
        ...

    def make(self, alg: str, entropy: Entropy, clock: Clock) -> Signer:
        """Make and keep one more signing key; raises ValueError for an unknown algorithm."""
        ...

    def destroy(self, kid: str, entropy: Entropy) -> None:
        """Forget a signing key for good; does nothing when it is not there.

        Raises ValueError for the last one of an algorithm that every instance has.
        """
        ...

    async def healthy(self) -> bool:
        """Tell whether keys can be used now, asking the machine that holds them, if there is one.

        For readiness; it takes some seconds at most.
        """
        ...

    def secret(self, domain: SecretDomain) -> VersionedSecret:
        """Return the versions of one domain's secret: all that are in the store.

        Which of them is active is decided in the database; here the oldest stands as such.
        """
        ...

    def make_secret(
        self, domain: SecretDomain, version: int, entropy: Entropy, clock: Clock
    ) -> None:
        """Make and keep one more version of a secret; does nothing where it is there already."""
        ...

    def destroy_secret(self, domain: SecretDomain, version: int, entropy: Entropy) -> None:
        """Forget a version for good; does nothing when it is not there.

        Raises ValueError for the last one of its domain.
        """
        ...
