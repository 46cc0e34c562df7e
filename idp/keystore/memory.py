"""A key store that is gone with the process: for tests and for instances thrown away at once."""

from typing import Self

from idp.domain.clock import Entropy
from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.keystore.keyring import Keyring
from idp.keystore.signing import ALGORITHMS, generate, signer_for


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
