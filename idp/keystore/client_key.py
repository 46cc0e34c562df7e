"""The key by which we authenticate as a client of other providers: one per version of a secret."""

from collections.abc import Mapping
from typing import Final

from idp.domain.secret_key import VersionedSecret
from idp.keystore.signing import Es256Signer, derive_signer

_CLIENT_KEY: Final = b"network-id/client-key/1"


class ClientKey:
    """Signs by ES256 with the key that the session domain's active version gives.

    It needs no file. Other providers are shown the keys of every live version: they know the next
    one before it signs.
    """

    alg = "ES256"

    def __init__(self, secret: VersionedSecret) -> None:
        self.use(secret)

    def use(self, secret: VersionedSecret) -> None:
        """Sign with the active one of these versions from here on, and show all."""
        order = (secret.active, *secret.others)
        self._signers = tuple(_signer(secret.versions[version]) for version in order)

    @property
    def kid(self) -> str:
        """The thumbprint of the key that signs now."""
        return self._signers[0].kid

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public half of the key that signs now."""
        return self._signers[0].public_jwk

    @property
    def public_jwks(self) -> list[dict[str, str]]:
        """The public halves of all, the one that signs now first."""
        return [dict(signer.public_jwk) for signer in self._signers]

    async def ready(self) -> bool:
        """Return True: it waits for nothing."""
        return True

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return await self._signers[0].sign(signing_input)


def _signer(secret: bytes) -> Es256Signer:
    return derive_signer(secret, _CLIENT_KEY)
