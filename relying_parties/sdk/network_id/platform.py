"""A platform's side of one provider: sign people in, stay connected, sign them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from authlib.common.urls import add_params_to_uri

from network_id import logout_token as logout_tokens
from network_id.errors import (
    DpopKeyChangedError,
    ProviderError,
    TokensMissingError,
    TokensOfAnotherProviderError,
    shown,
)
from network_id.id_token import Expected, verify_id_token
from network_id.logout_token import Logout, Remembered
from network_id.provider import ProviderOfLoops
from network_id.request import Ask, new_request
from network_id.response import accept_response
from network_id.sign_in import Pending, SignIn
from network_id.signed import Wanted, unverified
from network_id.token_endpoint import Granted, TokenEndpoint
from network_id.tokens import Tokens
from network_id.userinfo import Bearing, UserInfo, read_userinfo

if TYPE_CHECKING:
    from types import TracebackType

    from network_id.client_auth import Credentials
    from network_id.provider import Discovered, Provider

W = TypeVar("W", bound=Wanted)
Kept = Pending | Mapping[str, Any] | None


class Platform:
    """One client at one provider. Made by `discover` or `discover_later`.

    Keep it for the life of the process. Safe for concurrent use. ``issuer`` is the provider's,
    byte for byte as configured.
    """

    def __init__(self, provider: Provider, credentials: Credentials) -> None:
        self.issuer = provider.issuer
        self._providers = ProviderOfLoops(provider)
        self._credentials = credentials
        self._options = provider.options
        # RFC 9449 §9: the nonces of the one are not those of the other.
        self._prover, self._resource_prover = credentials.provers(self._options.clock)
        is_new = self._options.logout_is_new  # `or` would pass over a memory that is empty yet
        self.logout_is_new = Remembered(self._options.clock) if is_new is None else is_new

    def __repr__(self) -> str:
        return f"Platform(issuer={self.issuer!r}, client_id={self._credentials.client_id!r})"

    async def ready(self) -> None:
        """Discover the provider now, unless that is done. Raises as `discover`."""
        await self._discovered()

    async def begin_sign_in(self, **ask: Unpack[Ask]) -> tuple[str, Pending]:
        """Return where to send the browser, and what to keep in its session until it comes back.

        What may be asked stands in `Ask`, e.g. ``begin_sign_in(ages=[18], max_age=300)``. With
        `Options.pushed` the request goes to the provider first, and the browser brings a reference.

        Raises RequestInvalidError; of a pushed request also PushedRequestRefusedError,
        ClientRefusedError, ClientNotAllowedError, ProofRefusedError, ProviderError.
        """
        metadata = (await self._discovered()).metadata
        request, pending = new_request(ask, metadata, self._credentials, self._options)
        if self._options.pushed or metadata.requires_par:
            url = metadata.endpoint("pushed requests", metadata.par_endpoint)
            reference = await self._endpoint().push(url, request)
            request = {"client_id": self._credentials.client_id, "request_uri": reference}
        to = add_params_to_uri(metadata.authorization_endpoint, list(request.items()))
        return str(to), pending

    async def finish_sign_in(self, pending: Kept, callback_query: str | bytes) -> SignIn:
        """Return the verified sign-in that the browser brought to the redirect URI.

        ``pending`` is what this browser's session holds: the `Pending`, what its `Pending.to_dict`
        gave, or None. Remove it from there first, so
        that it works once. ``callback_query`` is the raw query string, or the whole address.

        Raises a `SignInError` that names the first check that failed. Then nobody is signed in.
        """
        found, now = await self._discovered(), self._options.clock()
        begun = Pending.from_dict(dict(pending)) if isinstance(pending, Mapping) else pending
        begun, code = accept_response(begun, callback_query, found.metadata, now)
        self._require_key(begun.dpop_key)
        granted = await self._endpoint().redeem(
            found.metadata.token_endpoint, code, begun.code_verifier
        )
        expected = self._wanted(
            Expected,
            access_token=granted.access_token,
            nonce=begun.nonce,
            max_age=begun.max_age,
            required_acr=begun.required_acr,
        )
        sign_in = await verify_id_token(granted.id_token, found.keys, expected)
        return replace(sign_in, tokens=self._kept(granted, sign_in.network_id, sign_in.auth_time))

    async def refresh(
        self, tokens: Tokens, *, scope: str | None = None
    ) -> tuple[Tokens, SignIn | None]:
        """Return new tokens, to be stored before they are used; and what a new ID token says.

        The sign-in is None when no ID token came, or when it came and the provider's keys cannot be
        had now: the tokens are good all the same. ``scope`` asks for less than was granted.

        Raises RefreshTokenGoneError: forget the tokens and ask the person to sign in. After any
        other error keep the old ones and try again later, ProviderUnavailableError above all; if
        the answer was lost on the way, the provider gives the same tokens once more for some
        seconds. Raises TokenError for an ID token of somebody else (§12.2), and
        TokensMissingError, TokensOfAnotherProviderError, DpopKeyChangedError before asking.
        """
        found, old = await self._discovered(), self._usable(tokens)
        if old.refresh_token is None:
            raise TokensMissingError(expected="a refresh token", came="none")
        if self._credentials.method == "none":  # a public client's is bound to its key
            self._require_key(old.dpop_key)
        await found.keys.freshen()  # before the old token is spent
        granted = await self._endpoint().refresh(
            found.metadata.token_endpoint, old.refresh_token, scope
        )
        new = self._kept(granted, old.network_id, old.auth_time)
        new = replace(new, refresh_token=new.refresh_token or old.refresh_token)
        if granted.id_token is None:
            return new, None
        expected = self._wanted(
            Expected,
            access_token=granted.access_token,
            subject=old.network_id,
            auth_time=old.auth_time,
        )
        try:
            sign_in = await verify_id_token(granted.id_token, found.keys, expected)
        except ProviderError:
            return new, None
        return new, replace(sign_in, tokens=new)

    async def userinfo(self, of: SignIn | Tokens) -> UserInfo:
        """Return what the provider says of the person now, e.g. their age answers of today.

        Raises UserInfoSubjectError when it is about somebody else, AccessTokenRefusedError,
        TokenError, ProviderError, NotOfferedError; TokensMissingError,
        TokensOfAnotherProviderError and DpopKeyChangedError before asking.
        """
        found, tokens = await self._discovered(), self._usable(of)
        self._require_key(tokens.dpop_key)
        metadata = found.metadata
        response = await self._providers.here().http.get(
            metadata.endpoint("userinfo", metadata.userinfo_endpoint),
            auth=Bearing(tokens.access_token, self._resource_prover),
        )
        return await read_userinfo(response, tokens.network_id, found.keys, self._wanted(Wanted))

    async def revoke(self, tokens: SignIn | Tokens) -> None:
        """Give tokens back: all that came from that sign-in ends (RFC 7009).

        Raises TokenRequestRefusedError, ProviderError, NotOfferedError.
        """
        metadata, given = (await self._discovered()).metadata, self._usable(tokens)
        url = metadata.endpoint("a revocation endpoint", metadata.revocation_endpoint)
        await self._endpoint().revoke(url, given.refresh_token or given.access_token)

    async def sign_out(self, after: str = "/", sign_in: SignIn | None = None) -> str:
        """Return where to send the browser once the platform has forgotten its own session.

        That is ``after``; or with ``sign_in`` the provider, which asks the person whether its
        session ends too and sends them to ``after`` then (RP-Initiated Logout 1.0 §2), a URL that
        is registered in ``post_logout_redirect_uris``. Whoever declines comes back as well.
        """
        if sign_in is None:
            return after
        endpoint = (await self._discovered()).metadata.end_session_endpoint
        if endpoint is None:
            return after
        query = {"id_token_hint": sign_in.id_token, "post_logout_redirect_uri": after}
        return str(add_params_to_uri(endpoint, list(query.items())))

    async def verify_logout(self, logout_token: object) -> Logout:
        """Return the session that has ended, as the provider told your back-channel logout URI.

        ``logout_token`` is that field of its POST, or None. End each session of yours for which
        ``logout.ends(network_id=…, sid=…)`` is true, then answer 200 with ``Cache-Control:
        no-store``. Each token works once (``Options.logout_is_new``).

        Raises a `TokenError`: end nothing, answer 400. Raises ProviderError when the provider's
        keys cannot be had: answer 503, and it tries again.
        """
        logout, until = await self.check_logout(logout_token)
        is_new = self.logout_is_new(logout.jti, until)
        logout_tokens.require_new(is_new=bool(await is_new if isawaitable(is_new) else is_new))
        return logout

    async def check_logout(self, logout_token: object) -> tuple[Logout, int]:
        """Return what `verify_logout` does before it asks whether the token is new.

        The second value is until when its ``jti`` is to be remembered (seconds since the epoch).
        """
        keys, wanted = (await self._discovered()).keys, self._wanted(Wanted)
        with logout_tokens.refusing():
            token = unverified(logout_token, wanted.algorithms, logout_tokens.TYP)
            key = await keys.find(token.kid, token.alg)
            return logout_tokens.read_logout(token, key, wanted)

    async def _discovered(self) -> Discovered:
        found = await self._providers.here().discovered()
        self._credentials.check_offered(found.metadata)
        return found

    def _endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(self._providers.here(), self._credentials, self._prover)

    def _require_key(self, thumbprint: str | None) -> None:
        key = self._credentials.dpop_key
        own = None if key is None else key.thumbprint
        if thumbprint != own:
            raise DpopKeyChangedError(
                expected=f"the DPoP key {shown(thumbprint)}", came=f"this process's, {shown(own)}"
            )

    def _usable(self, of: SignIn | Tokens) -> Tokens:
        tokens = of.tokens if isinstance(of, SignIn) else of
        if tokens is None:
            raise TokensMissingError(expected="tokens", came="a SignIn without any")
        if tokens.issuer != self.issuer:
            raise TokensOfAnotherProviderError(
                expected=f"tokens of {shown(self.issuer)}", came=shown(tokens.issuer)
            )
        return tokens

    def _kept(self, granted: Granted, network_id: str, auth_time: int | None) -> Tokens:
        key, life = self._credentials.dpop_key, granted.life
        return Tokens(
            issuer=self.issuer,
            network_id=network_id,
            access_token=granted.access_token,
            refresh_token=granted.refresh_token,
            expires_at=None if life is None else self._options.clock() + life,
            scope=granted.scope,
            auth_time=auth_time,
            dpop_key=None if key is None else key.thumbprint,
        )

    def _wanted(self, kind: type[W], **further: Any) -> W:
        options = self._options
        return kind(
            issuer=self.issuer,
            client_id=self._credentials.client_id,
            algorithms=options.algorithms,
            now=options.clock(),
            leeway=options.leeway,
            **further,
        )

    async def aclose(self) -> None:
        """Close the connections to the provider that this event loop has. Another use opens new."""
        await self._providers.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
