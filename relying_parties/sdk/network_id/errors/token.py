"""Why a token of the provider does not hold: an ID token, or a logout token."""

from __future__ import annotations

from network_id.errors.base import SignInError


class TokenError(SignInError):
    """A token of the provider's does not hold (OpenID Connect Core 1.0 §3.1.3.7)."""

    todo = "Do not sign the person in. If it happens each time, tell the provider's operator."


class TokenMalformedError(TokenError):
    """There is no token, or it is not one signed JWT."""

    todo = (
        'Do not sign the person in. Does the scope contain "openid"? Then tell the provider\'s '
        "operator."
    )


class TokenTypeError(TokenError):
    """A JWT of another kind stands in this one's place (RFC 8725 §3.11)."""


class AlgorithmRefusedError(TokenError):
    """The algorithm is not among those registered (RFC 8725 §3.1: never ``none``, never HMAC)."""

    todo = (
        "Name the client's registered id_token_signed_response_alg in Options.algorithms: RS256 "
        "(without a registration), PS256, ES256 or Ed25519."
    )


class KeyUnknownError(TokenError):
    """No key of the provider fits, also after fetching its keys again."""

    todo = (
        "Do not sign the person in. If it happens for longer than a minute: does a proxy or cache "
        "hold old keys at jwks_uri?"
    )


class SignatureInvalidError(TokenError):
    """The signature is not the named key's."""

    todo = "Do not sign the person in: the token is forged or was altered on its way."


class ClaimInvalidError(TokenError):
    """A claim is missing or has a form that it must not have."""


class TokenIssuerError(ClaimInvalidError):
    """``iss`` is not the configured issuer."""

    todo = "Do not sign the person in: the token is another provider's."


class AudienceError(ClaimInvalidError):
    """``aud`` is not this client alone."""

    todo = "Do not sign the person in: the token was made for another client. Check client_id."


class AuthorizedPartyError(ClaimInvalidError):
    """``azp`` is another client."""

    todo = "Do not sign the person in: the token was made for another client. Check client_id."


class TokenExpiredError(ClaimInvalidError):
    """``exp`` has passed."""

    todo = "Check this machine's clock (NTP), then let the person begin again."


class IssuedInFutureError(ClaimInvalidError):
    """``iat`` lies in the future."""

    todo = "Check this machine's clock (NTP), then let the person begin again."


class TokenNotYetValidError(ClaimInvalidError):
    """``nbf`` lies in the future."""

    todo = "Check this machine's clock (NTP), then let the person begin again."


class NonceMismatchError(ClaimInvalidError):
    """The token answers another sign-in (OpenID Connect Core 1.0 §15.5.2: replay is refused)."""

    todo = (
        "Do not sign the person in: the token was made for another sign-in. Let them begin again."
    )


class AccessTokenHashError(ClaimInvalidError):
    """``at_hash`` is not of the access token that came along (OpenID Connect Core 1.0 §3.1.3.8)."""


class AuthTimeError(ClaimInvalidError):
    """``auth_time`` does not show that the person was there recently enough for ``max_age``."""

    todo = "Do not treat the person as newly signed in; let them begin again."


class AcrUnmetError(ClaimInvalidError):
    """The sign-in was not as strong as was demanded (``required_acr``)."""

    todo = "Do not sign the person in; tell them what kind of sign-in is needed here."


class SubjectChangedError(ClaimInvalidError):
    """A refresh answered about somebody else (OpenID Connect Core 1.0 §12.2)."""

    todo = "Forget these tokens; check that the tokens of two people are not mixed up."


class NotANetworkIdError(ClaimInvalidError):
    """``sub`` is no network ID: wrong length, alphabet or check characters."""

    todo = "Do not sign the person in. Is the issuer a provider of network IDs?"


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
