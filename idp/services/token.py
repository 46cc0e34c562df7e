"""The token endpoint: one ordered list of checks, then tokens (RFC 6749 §3.2, §5.1).

Read ``Token.pipeline`` first: client, request, then the list of the grant type that is asked for,
each of which is a file in ``idp.services.grant_types``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Refusal
from idp.domain.release import SCOPE_OFFLINE, SCOPE_OPENID
from idp.protocol import access_token, id_token, key_binding
from idp.protocol import token_request as rules
from idp.protocol.dpop import next_nonce
from idp.protocol.token_request import TokenRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.services.client_authentication import ClientAuthentication
    from idp.services.dpop import Dpop
    from idp.services.grant_types.grant_type import GrantType
    from idp.services.keys import SigningKeys

PATH = "/token"
_UNIQUE_BYTES = 12
_ACCESS_TOKEN_ALG = "ES256"


class Answer(Struct, frozen=True):
    """The token response, and the nonce for the client's next proof, if it goes by nonces."""

    members: Mapping[str, object]
    dpop_nonce: str | None
    client_id: str


class Token:
    """Answers token requests. ``grant_types`` is one for each of ``rules.GRANT_TYPES``."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        authentication: ClientAuthentication,
        dpop: Dpop,
        grant_types: Mapping[str, GrantType],
        keys: SigningKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._dpop = dpop
        self._grant_types = grant_types
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self.pipeline: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...] = (
            *authentication.checks,
            rules.grant_type_is_supported,
            rules.grant_type_is_registered,
            self._proof_holds,
            key_binding.proof_is_there_where_due,
            self._keys_are_ready,
            self._grant_type_agrees,
        )

    async def answer(
        self, sent: Mapping[str, str], authorization: str | None, proofs: Sequence[str] = ()
    ) -> Answer:
        """Return the token response (OpenID Connect Core §3.1.3.3), or raise Refusal.

        ``proofs`` are the request's ``DPoP`` headers.
        """
        request = TokenRequest(
            sent=sent,
            authorization=authorization,
            now=self._clock.now(),
            issuer=self._issuer,
            proofs=proofs,
        )
        await _run(self.pipeline, request)
        nonce, client_id = next_nonce(request.proof), request.known_client.client_id
        return Answer(await self._tokens(request), nonce, client_id)

    def _proof_holds(self, request: TokenRequest) -> None:
        """RFC 9449 §4.3; it is spent by the list of the grant type, right before the grant is."""
        request.proof = self._dpop.read(request.proofs, method="POST", path=PATH)

    async def _keys_are_ready(self, request: TokenRequest) -> None:
        """Nothing is used up for tokens that nobody can sign now: it is worth another try then."""
        algs = {_ACCESS_TOKEN_ALG, request.known_client.id_token_alg}
        if request.sent["grant_type"] == "client_credentials":  # there is no ID token
            algs = {_ACCESS_TOKEN_ALG}
        await self._keys.check(*algs)

    async def _grant_type_agrees(self, request: TokenRequest) -> None:
        """RFC 6749 §4: the list of the grant type; its last check uses the grant up."""
        grant_type = self._grant_types[request.sent["grant_type"]]
        try:
            await _run(grant_type.checks, request)
        except Refusal as refusal:
            await grant_type.punish(request, refusal)
            raise

    async def _tokens(self, request: TokenRequest) -> dict[str, object]:
        jkt = self._bound_to(request)
        access = await self._keys.sign_to_read_back(
            _ACCESS_TOKEN_ALG,
            access_token.claims(self._to_issue(request, jkt)),
            typ=access_token.TYP,
        )
        scope = request.known_audience.scope
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer" if jkt is None else "DPoP",
            "expires_in": ACCESS_TOKEN_SECONDS,
        }
        grant = request.grant
        if grant is not None and SCOPE_OPENID in grant.facts.scope:
            alg = request.known_client.id_token_alg
            claims = id_token.claims(
                grant, issuer=self._issuer, now=request.now, access_token=access, alg=alg
            )
            answer["id_token"] = await self._keys.sign(alg, claims, typ=id_token.TYP)
            scope = tuple(sorted({SCOPE_OPENID, *scope}))
        if request.refresh_token is not None:
            answer["refresh_token"] = request.refresh_token
            scope = tuple(sorted({SCOPE_OFFLINE, *scope}))
        return answer | {"scope": " ".join(scope)}

    def _to_issue(self, request: TokenRequest, jkt: str | None) -> access_token.NewToken:
        grant, client, audience = request.grant, request.known_client, request.known_audience
        return access_token.NewToken(
            issuer=self._issuer,
            audience=audience.identifier,
            client_id=client.client_id,
            # RFC 9068 §2.2: without a person the program itself.
            subject=client.client_id if grant is None else grant.network_id,
            grant_id=None if grant is None else grant.grant_id,
            scope=audience.scope,
            now=request.now,
            unique=self._entropy.bytes(_UNIQUE_BYTES),
            jkt=jkt,
        )

    def _bound_to(self, request: TokenRequest) -> str | None:
        """Return the key to bind to (RFC 9449 §5), of a proof that nobody can use again."""
        if request.proof is None:
            return None
        if not request.proof_is_spent:
            raise AssertionError("a grant type's list did not spend the proof")
        return request.proof.jkt


async def _run(
    checks: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...], request: TokenRequest
) -> None:
    for check in checks:
        waiting = check(request)
        if waiting is not None:
            await waiting
