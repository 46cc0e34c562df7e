"""Proofs of possession at our endpoints (RFC 9449): read by the pure rules, spent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal
from idp.protocol import dpop as rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.clock import Clock
    from idp.domain.secret_key import DerivedKeys
    from idp.protocol.dpop import Proof
    from idp.protocol.token_request import TokenRequest
    from idp.services.replays import Replays

_KIND = "dpop_proof"


class Dpop:
    """Reads and spends proofs, for every endpoint alike.

    ``nonce_keys`` are secrets that all nodes share; ``nonce_demanded`` asks for a nonce each time.
    """

    def __init__(
        self,
        *,
        issuer: str,
        replays: Replays,
        nonce_keys: DerivedKeys,
        nonce_demanded: bool,
        clock: Clock,
    ) -> None:
        self._base = issuer.rstrip("/")
        self._replays = replays
        self._nonce_keys = nonce_keys
        self._nonce_demanded = nonce_demanded
        self._clock = clock

    def read(
        self,
        sent: Sequence[str],
        *,
        method: str,
        path: str,
        token: str | None = None,
    ) -> Proof | None:
        """Return the proof in the ``DPoP`` headers ``sent`` to the endpoint at ``path``.

        None without any; raises Refusal for one that does not hold, and for several. The address is
        ours as configured: what the sender says of it (``Host``) is no part of the comparison.
        """
        expected = rules.Expected(
            method=method,
            address=self._base + path,
            now=self._clock.now(),
            nonce_keys=self._nonce_keys.every,
            nonce_demanded=self._nonce_demanded,
            token=token,
        )
        return rules.read(sent, expected)

    async def spend(self, proof: Proof) -> None:
        """Use a proof up (§11.1), on whichever node; raises Refusal ``DPOP_PROOF_REPLAYED``.

        Do it last of all checks: a stranger's proof, of a key of their own, must store nothing.
        """
        until = self._clock.now() + rules.SPENT_SECONDS
        if not await self._replays.spend(
            _KIND, proof.jkt, proof.once, expires_at=until, made_at=proof.made
        ):
            raise Refusal(Cause.DPOP_PROOF_REPLAYED)

    async def proof_is_spent(self, request: TokenRequest) -> None:
        """§11.1: the check of every grant type that stands right before it uses the grant up."""
        if request.proof is not None:
            await self.spend(request.proof)
            request.proof_is_spent = True
