"""A request with an access token (RFC 6750 §2, RFC 9449 §7): how it has to arrive.

Rules in prose. The token stands in the ``Authorization`` header under the scheme of its type, or,
unbound, in the form body where an endpoint takes forms; never in the query, since addresses are
logged (RFC 6750 §5.3). A token that is bound to a key is of no use without a proof of that key, by
whichever scheme it comes; one that is not bound is no DPoP token, whatever proof comes with it.
The order in which the checks run stands in ``idp.services.access_tokens``.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.domain.client import Client
    from idp.domain.grant import Grant
    from idp.protocol.access_token import AccessToken
    from idp.protocol.dpop import Proof

BEARER = "bearer"
DPOP = "dpop"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class ResourceRequest(Struct, kw_only=True):
    """One request as understood so far; what stands below ``sent`` is set by the checks.

    It is for ``scope`` at ``audience``, sent by ``method`` to our endpoint at ``path``. ``proofs``
    are its ``DPoP`` headers, ``sent`` its form, where the endpoint takes one.
    """

    method: str
    path: str
    audience: str
    scope: str
    authorization: str | None
    proofs: Sequence[str] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    scheme: str = BEARER
    text: str = ""
    token: AccessToken | None = None
    proof: Proof | None = None
    grant: Grant | None = None
    client: Client | None = None

    @property
    def known_token(self) -> AccessToken:
        """The verified token; only checks that run after its own may ask."""
        if self.token is None:
            raise Refusal(Cause.TOKEN_MISSING)
        return self.token

    @property
    def known_grant(self) -> Grant:
        """The live grant of a person's token, without whom there is nothing to tell."""
        if self.grant is None:
            raise Refusal(Cause.TOKEN_INVALID, problem="of no person")
        return self.grant

    @property
    def known_client(self) -> Client:
        """The client that the token was given to; only what runs after its check may ask."""
        if self.client is None:
            raise Refusal(Cause.TOKEN_REVOKED)
        return self.client


def scheme_of(authorization: str | None) -> str:
    """Return the scheme of an ``Authorization`` header in lower case (RFC 9110 §11.1)."""
    return (authorization or "").partition(" ")[0].lower()


def token_is_there_once(request: ResourceRequest) -> None:
    """RFC 6750 §2; refuses ``TOKEN_MISSING``, ``TOKEN_REPEATED``, ``TOKEN_INVALID``."""
    in_body, authorization = request.sent.get("access_token"), request.authorization
    in_header = (authorization or "").partition(" ")[2].strip()
    if authorization is not None:
        request.scheme = scheme_of(authorization)
        if request.scheme not in {BEARER, DPOP}:
            raise Refusal(Cause.TOKEN_MISSING)
    if in_header and in_body:
        raise Refusal(Cause.TOKEN_REPEATED)
    request.text = in_header or in_body or ""
    if not request.text:
        raise Refusal(Cause.TOKEN_MISSING)
    if not _TOKEN.fullmatch(request.text):
        raise Refusal(Cause.TOKEN_INVALID, problem="not of the form of RFC 6750 2.1")


def scheme_is_that_of_the_token(request: ResourceRequest) -> None:
    """RFC 9449 §7.2: or whoever stole a bound token could use it as a bearer (downgrade)."""
    bound = request.known_token.jkt is not None
    if bound != (request.scheme == DPOP):
        raise Refusal(Cause.TOKEN_UNDER_OTHER_SCHEME)


def key_is_that_of_the_token(request: ResourceRequest) -> None:
    """RFC 9449 §7.1: refuses a stolen token, whoever's proof comes with it."""
    jkt = request.known_token.jkt
    if jkt is None:
        return
    if request.proof is None:
        raise Refusal(Cause.DPOP_PROOF_MISSING)
    if not hmac.compare_digest(request.proof.jkt.encode(), jkt.encode("utf-8", "surrogatepass")):
        raise Refusal(Cause.DPOP_KEY_OF_TOKEN)
