"""Every reason for which a sign-in is refused, each under its own name.

An error says what was expected, what came, and what to do. It never holds a code, a token, a
secret, a verifier, a state or a nonce: an error is written into logs.

Families, for a platform that shows few pages: `ProviderRefusedError` (the provider said no, with
`AccessDeniedError` for the person's own no), `ProviderUnavailableError` (try again later),
`ResponseError` (the browser brought something wrong: begin again), `TokenError` (a
token does not hold), `ConfigurationError` (a developer must mend something).
"""

from __future__ import annotations

import re
from copy import copy
from typing import Any, Self

SHOWN_CHARACTERS = 160


def shown(value: object) -> str:
    """Return a foreign value as short printable ASCII, safe for logs (no line can be forged)."""
    text = ascii(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


class SignInError(Exception):
    """A sign-in, or getting ready for one, was refused. Nobody may be signed in.

    ``expected``, ``came`` and ``todo`` are sentences for the platform's developers, without any
    secret. ``code`` is stable: ``StateMismatchError`` has the code ``state-mismatch``.
    """

    todo: str = "Do not sign the person in; let them begin again."

    def __init__(self, *, expected: str, came: str, todo: str | None = None) -> None:
        self.expected = expected
        self.came = came
        if todo is not None:
            self.todo = todo
        super().__init__(f"{self.code}: expected {expected}; came {came}. {self.todo}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, vars(self))

    def again(self) -> Self:
        """Return an error that says the same, to be raised for somebody else."""
        return copy(self)

    @property
    def code(self) -> str:
        """The stable name of this refusal."""
        name = type(self).__name__.removesuffix("Error")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _restored(kind: type[SignInError], args: Any, values: dict[str, Any]) -> SignInError:
    """Return a copy of an error: Python's own way would call an ``__init__`` of another form."""
    error = kind.__new__(kind, *args)
    vars(error).update(values)
    return error


class ConfigurationError(SignInError):
    """Something that a developer or the provider's operator must mend."""


class InsecureUrlError(ConfigurationError):
    """A URL is neither https nor http on loopback, or carries what it must not."""

    todo = "Use https; plain http is for loopback addresses only."


class IssuerMismatchError(ConfigurationError):
    """The discovery document speaks for another issuer (OpenID Connect Discovery 1.0 §4.3)."""

    todo = (
        "Configure the issuer byte for byte as the provider states it, slash at the end included."
    )


class DiscoveryInvalidError(ConfigurationError):
    """The discovery document is not one that this SDK can use safely."""

    todo = "Check that the issuer is right; if it is, tell the provider's operator."


class ProviderError(SignInError):
    """The provider could not be used."""


class ProviderUnavailableError(ProviderError):
    """The provider did not answer: network, time limit, overload."""

    todo = "Try again in a moment; let people browse as guests meanwhile."


class ProviderAnswerError(ProviderError):
    """The provider answered what no provider answers: a redirect, garbage, far too much."""

    todo = "Check the issuer and what stands between you and it (proxy, captive portal)."


class ResponseError(SignInError):
    """The browser brought back something that does not fit the sign-in that was begun."""


class NoSignInPendingError(ResponseError):
    """No sign-in is under way in this browser: a stale tab, the back button, or a forged login."""

    todo = "Keep `pending` in the browser's session; offer to begin again."


class SessionValueError(ResponseError):
    """What the session held is not what this SDK put there: altered, cut off, or something else."""

    todo = (
        "Store exactly what to_dict() or to_json() gave, in a session that its browser cannot "
        "alter; let the person begin again."
    )


class StateMismatchError(ResponseError):
    """The state is not the one that was sent (RFC 6749 §10.12: login CSRF is refused)."""


class SignInExpiredError(ResponseError):
    """The sign-in was begun too long ago."""


class ResponseTooLargeError(ResponseError):
    """The authorization response is larger than any real one."""


class DuplicateParameterError(ResponseError):
    """A parameter came twice (RFC 6749 §3.1), so two readers could see two answers."""


class ResponseIssuerMissingError(ResponseError):
    """The provider announces ``iss`` in its responses and this one has none (RFC 9207 §2.4)."""

    todo = "Treat it as a mix-up attack: do not send the code anywhere."


class ResponseIssuerMismatchError(ResponseError):
    """The response is another issuer's (RFC 9207 §2.4: a mix-up attack is refused)."""

    todo = "Treat it as a mix-up attack: do not send the code anywhere."


class CodeMissingError(ResponseError):
    """The response has neither a code nor an error."""


class ProviderRefusedError(SignInError):
    """The provider ended the sign-in with an error response (OpenID Connect Core 1.0 §3.1.2.6).

    ``error`` is the wire code, e.g. ``login_required``.
    """

    def __init__(self, error: str, description: str = "") -> None:
        self.error = error
        came = f"error={shown(error)}" + (f" ({shown(description)})" if description else "")
        super().__init__(expected="a code", came=came)


class AccessDeniedError(ProviderRefusedError):
    """The person said no, or may not sign in. Nothing was shared."""

    todo = "Respect it: let the person go on as a guest, and ask only when they choose to."


class TokenRequestRefusedError(SignInError):
    """The token endpoint refused the exchange."""

    todo = "Look up the wire code in the provider's reference."


class CodeRefusedError(TokenRequestRefusedError):
    """The code is expired, used, or not ours (``invalid_grant``)."""

    todo = "Let the person begin again; a code lives for a minute and works once."


class ClientRefusedError(TokenRequestRefusedError):
    """The provider does not accept this client's authentication (``invalid_client``)."""

    todo = "Check client_id, client_secret and the registered authentication method."


class TokenError(SignInError):
    """A token of the provider's does not hold (OpenID Connect Core 1.0 §3.1.3.7)."""


class TokenMalformedError(TokenError):
    """There is no token, or it is not one signed JWT."""


class TokenTypeError(TokenError):
    """A JWT of another kind stands in this one's place (RFC 8725 §3.11)."""


class AlgorithmRefusedError(TokenError):
    """The algorithm is not among those registered (RFC 8725 §3.1: never ``none``, never HMAC)."""

    todo = (
        "Register id_token_signed_response_alg as RS256, PS256, ES256 or Ed25519 and name it in "
        "Options."
    )


class KeyUnknownError(TokenError):
    """No key of the provider fits, also after fetching its keys again."""


class SignatureInvalidError(TokenError):
    """The signature is not the named key's."""


class ClaimInvalidError(TokenError):
    """A claim is missing or has a form that it must not have."""


class TokenIssuerError(ClaimInvalidError):
    """``iss`` is not the configured issuer."""


class AudienceError(ClaimInvalidError):
    """``aud`` is not this client alone."""


class AuthorizedPartyError(ClaimInvalidError):
    """``azp`` is another client."""


class TokenExpiredError(ClaimInvalidError):
    """``exp`` has passed."""

    todo = "Check this machine's clock, then let the person begin again."


class IssuedInFutureError(ClaimInvalidError):
    """``iat`` lies in the future."""

    todo = "Check this machine's clock, then let the person begin again."


class TokenNotYetValidError(ClaimInvalidError):
    """``nbf`` lies in the future."""

    todo = "Check this machine's clock, then let the person begin again."


class NonceMismatchError(ClaimInvalidError):
    """The token answers another sign-in (OpenID Connect Core 1.0 §15.5.2: replay is refused)."""


class AccessTokenHashError(ClaimInvalidError):
    """``at_hash`` is not of the access token that came along (OpenID Connect Core 1.0 §3.1.3.8)."""


class NotANetworkIdError(ClaimInvalidError):
    """``sub`` is no network ID: wrong length, alphabet or check characters."""


class LogoutTokenError(ClaimInvalidError):
    """A logout token's own claims do not hold (OpenID Connect Back-Channel Logout 1.0 §2.6)."""

    todo = "End no session, and answer 400."


class LogoutEventMissingError(LogoutTokenError):
    """``events`` does not say that it is a logout."""


class LogoutNonceError(LogoutTokenError):
    """There is a ``nonce``, so it may be an ID token in a logout token's place."""


class LogoutOfNobodyError(LogoutTokenError):
    """Neither ``sid`` nor ``sub`` says whose session ends, or one is no such value."""


class LogoutIdMissingError(LogoutTokenError):
    """There is no ``jti``, so a replay could not be told."""


class LogoutTooOldError(LogoutTokenError):
    """``iat`` lies so far back that a replay could not be told any more."""

    todo = "Check this machine's clock. End no session, and answer 400."


class LogoutReplayedError(LogoutTokenError):
    """A token with this ``jti`` has come already."""
