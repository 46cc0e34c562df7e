"""A key store that is gone with the process: for tests and for instances thrown away at once."""

from collections.abc import Sequence
from typing import Self

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.domain.signing_key import ALGORITHMS
from idp.keystore import Signer
from idp.keystore.keyring import Keyring, in_order, oldest_active
from idp.keystore.signing import algorithm, generate, signer_for


class MemoryKeystore(Keyring):
    """Keys that were never written anywhere."""

    @classmethod
    def create(cls, entropy: Entropy) -> Self:
        """Make one signing key per algorithm and version 1 of every secret."""
        return cls(
            [signer_for(alg, generate(alg)) for alg in ALGORITHMS],
            {
                domain: VersionedSecret({1: entropy.bytes(SECRET_BYTES)}, active=1)
                for domain in SecretDomain
            },
        )

    def look_again(self) -> Sequence[Signer]:
        """Return ``signers``: nobody else can have made one."""
        return self.signers()

    def make(self, alg: str, entropy: Entropy, clock: Clock) -> Signer:  # noqa: ARG002 - as the others
        """Make and keep one more signing key; raises ValueError for an unknown algorithm."""
        known = algorithm(alg)
        made = signer_for(known, generate(known))
        self._signers = in_order([*self._signers, made])
        return made

    def destroy(self, kid: str, entropy: Entropy) -> None:  # noqa: ARG002 - as the others
        """Forget a signing key; raises ValueError for the last one of its algorithm."""
        self._signers = in_order([signer for signer in self._signers if signer.kid != kid])

    def make_secret(
        self,
        domain: SecretDomain,
        version: int,
        entropy: Entropy,
        clock: Clock,  # noqa: ARG002 - as the others
    ) -> None:
        """Make and keep one more version of a secret; does nothing where it is there already."""
        versions = self._secrets[domain].versions
        made = {version: entropy.bytes(SECRET_BYTES), **versions}
        self._secrets[domain] = oldest_active(made)

    def destroy_secret(
        self,
        domain: SecretDomain,
        version: int,
        entropy: Entropy,  # noqa: ARG002 - as the others
    ) -> None:
        """Forget a version; raises ValueError for the last one of its domain."""
        versions = self._secrets[domain].versions
        left = {one: key for one, key in versions.items() if one != version}
        self._secrets[domain] = oldest_active(left)
