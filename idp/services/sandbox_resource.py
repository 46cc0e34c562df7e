"""The sandbox's own API: something to try an access token on, which says what it received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.resource import SANDBOX_PATH, SANDBOX_SCOPE
from idp.protocol.resource_request import ResourceRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.domain.clock import Clock
    from idp.domain.resource import Resource
    from idp.services.access_tokens import AccessTokens


class Answer(Struct, frozen=True):
    """What the API says, and the nonce for the client's next proof, if it goes by nonces."""

    members: Mapping[str, object]
    dpop_nonce: str | None


class SandboxResource:
    """Answers requests with a token for ``resource``, bound to a key or not."""

    def __init__(self, resource: Resource, access_tokens: AccessTokens, clock: Clock) -> None:
        self._resource = resource
        self._access_tokens = access_tokens
        self._clock = clock

    async def answer(
        self, method: str, authorization: str | None, proofs: Sequence[str] = ()
    ) -> Answer:
        """Return what the token says; raises Refusal. The token stands in the header only."""
        request = ResourceRequest(
            method=method,
            path=SANDBOX_PATH,
            audience=self._resource.identifier,
            scope=SANDBOX_SCOPE,
            authorization=authorization,
            proofs=proofs,
        )
        nonce = await self._access_tokens.admit(request)
        token = request.known_token
        members = {
            "sub": token.subject,
            "client_id": token.client_id,
            "aud": token.audience,
            "scope": " ".join(token.scope),
            "time": self._clock.now(),
        }
        return Answer(members, nonce)
