"""A platform's side of one provider: discover it, begin a sign-in, finish it, sign out."""

from __future__ import annotations

import json
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri

from network_id import logout_token as logout_tokens
from network_id.door import require_secure
from network_id.id_token import Expected, verify_id_token
from network_id.logout_token import Logout, Remembered
from network_id.options import Options
from network_id.provider import Provider
from network_id.response import accept_response
from network_id.sign_in import Pending, SignIn
from network_id.signed import Wanted, unverified
from network_id.token_endpoint import Credentials, oauth_client, redeem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

TOKEN_CHARACTERS = 43  # of 62 kinds: 256 bits


async def discover(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> Platform:
    """Return a Platform, ready: the provider's metadata is checked and its keys are loaded.

    ``client_secret`` is None for a public client (PKCE alone). Keep the Platform for the life of
    the process; it is safe for concurrent sign-ins on one event loop.

    Raises InsecureUrlError, IssuerMismatchError, DiscoveryInvalidError, ProviderUnavailableError,
    ProviderAnswerError.
    """
    platform = discover_later(issuer, client_id, client_secret, redirect_uri, options)
    try:
        await platform.ready()
    except BaseException:
        await platform.aclose()
        raise
    return platform


def discover_later(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> Platform:
    """Return a Platform that discovers the provider when it is first needed, as `discover` does.

    So a platform starts while its provider is away, and the first sign-in after that works. Each
    method then also raises what `discover` raises. Raises InsecureUrlError itself, fetches nothing.
    """
    require_secure(redirect_uri)
    provider = Provider(issuer, options or Options())
    return Platform(provider, Credentials(client_id, client_secret, redirect_uri))


class Platform:
    """One client at one provider. Made by `discover` or `discover_later`."""

    def __init__(self, provider: Provider, credentials: Credentials) -> None:
        self._provider = provider
        self._credentials = credentials
        options = provider.options
        is_new = options.logout_is_new  # `or` would pass over a memory that is empty yet
        self.logout_is_new = Remembered(options.clock) if is_new is None else is_new

    def __repr__(self) -> str:
        return f"Platform(issuer={self.issuer!r}, client_id={self._credentials.client_id!r})"

    @property
    def issuer(self) -> str:
        """The provider's issuer, byte for byte as configured."""
        return self._provider.issuer

    async def ready(self) -> None:
        """Discover the provider now, unless that is done. Raises as `discover`."""
        await self._provider.discovered()

    def renewed(self) -> Platform:
        """Return the same platform with connections of its own, for a process that was forked."""
        return Platform(self._provider.renewed(), self._credentials)

    async def begin_sign_in(
        self,
        *,
        claims: Mapping[str, Any] | None = None,
        prompt: str | None = None,
        ui_locales: str | None = None,
    ) -> tuple[str, Pending]:
        """Return where to send the browser, and what to keep in its session until it comes back.

        ``claims`` as OpenID Connect Core 1.0 §5.5, e.g.
        ``{"id_token": {"age_over_18": {"essential": True}}}``. State and nonce have 256 random
        bits; PKCE is S256 (RFC 7636 §4.2). Asynchronous because a pushed request (RFC 9126) needs
        a round trip.
        """
        metadata = (await self._provider.discovered()).metadata
        options = self._provider.options
        pending = Pending(
            issuer=self.issuer,
            begun_at=options.clock(),
            state=generate_token(TOKEN_CHARACTERS),
            nonce=generate_token(TOKEN_CHARACTERS),
            code_verifier=generate_token(TOKEN_CHARACTERS),
        )
        url, _ = oauth_client(self._credentials, self._provider.door).create_authorization_url(
            metadata.authorization_endpoint,
            state=pending.state,
            code_verifier=pending.code_verifier,
            nonce=pending.nonce,
            scope=options.scope,
            claims=None if claims is None else json.dumps(claims, separators=(",", ":")),
            prompt=prompt,
            ui_locales=ui_locales,
        )
        return url, pending

    async def finish_sign_in(self, pending: Pending | None, callback_query: str) -> SignIn:
        """Return the verified sign-in that the browser brought to the redirect URI.

        ``pending`` is what this browser's session holds, or None; remove it from there first, so
        that it works once. ``callback_query`` is the raw query string.

        Raises a `SignInError` that names the first check that failed. Then nobody is signed in.
        """
        options, found = self._provider.options, await self._provider.discovered()
        metadata = found.metadata
        pending, code = accept_response(pending, callback_query, metadata, options.clock())
        client = oauth_client(self._credentials, self._provider.door)
        tokens = await redeem(client, metadata.token_endpoint, code, pending.code_verifier)
        expected = Expected(
            issuer=metadata.issuer,
            client_id=self._credentials.client_id,
            nonce=pending.nonce,
            access_token=tokens.access_token,
            algorithms=options.algorithms,
            now=options.clock(),
            leeway=options.leeway,
        )
        return await verify_id_token(tokens.id_token, found.keys, expected)

    async def sign_out(self, after: str = "/", sign_in: SignIn | None = None) -> str:
        """Return where to send the browser once the platform has forgotten its own session.

        That is ``after``; or with ``sign_in`` the provider, which asks the person whether its
        session ends too and sends them to ``after`` then (RP-Initiated Logout 1.0 §2), a URL that
        is registered in ``post_logout_redirect_uris``. Whoever declines comes back as well.
        """
        if sign_in is None:
            return after
        endpoint = (await self._provider.discovered()).metadata.end_session_endpoint
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
        options = self._provider.options
        keys = (await self._provider.discovered()).keys
        wanted = Wanted(
            issuer=self.issuer,
            client_id=self._credentials.client_id,
            algorithms=options.algorithms,
            now=options.clock(),
            leeway=options.leeway,
        )
        with logout_tokens.refusing():
            token = unverified(logout_token, options.algorithms, logout_tokens.TYP)
            key = await keys.find(token.kid, token.alg)
            return logout_tokens.read_logout(token, key, wanted)

    async def aclose(self) -> None:
        """Close the connections to the provider."""
        await self._provider.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
