"""The keys in use: who signs for whom, and what is published about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from idp.protocol import jose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JWKS_MAX_AGE_SECONDS = 3600


class SigningKeys:
    """Signers by algorithm, and the JWKS as ready bytes (RFC 7517 §5)."""

    def __init__(self, signers: Sequence[jose.Signer]) -> None:
        """Take the active signers; raises ValueError unless there is one for each algorithm."""
        self._by_alg = {signer.alg: signer for signer in signers}
        missing = {"RS256", "ES256"} - set(self._by_alg)
        if missing:
            raise ValueError(f"no signing key for {', '.join(sorted(missing))}")
        jwks = {"keys": [dict(signer.public_jwk) for signer in signers]}
        self.jwks = json.dumps(jwks, separators=(",", ":")).encode()
        self.public = jose.PublicKeys(jwks)

    def sign(self, alg: str, claims: Mapping[str, object], *, typ: str) -> str:
        """Return ``claims`` signed with the active key of ``alg``."""
        return jose.sign(self._by_alg[alg], claims, typ=typ)
