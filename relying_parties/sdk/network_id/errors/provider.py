"""What the provider did not do: answer, answer sensibly, or give what it was asked for."""

from __future__ import annotations

from network_id.errors.base import SignInError


class ProviderError(SignInError):
    """The provider could not be used."""

    todo = "Let people browse as guests meanwhile, and look at the name and text of this error."


class ProviderUnavailableError(ProviderError):
    """The provider did not answer: network, time limit, overload."""

    todo = (
        "Try again in a moment; let people browse as guests meanwhile, and keep refresh tokens. If "
        "it never worked: is the provider running at this address, and its certificate trusted?"
    )


class ProviderAnswerError(ProviderError):
    """The provider answered what no provider answers: a redirect, garbage, far too much."""

    todo = (
        "Open the address in a browser: is the issuer right, and does nothing stand in between "
        "(a proxy, a login page of the network)?"
    )


class AccessTokenTypeError(ProviderError):
    """The access token is of another type than was asked for: bound to a key, or not."""

    todo = (
        "With Options.dpop_key the provider must bind tokens to it. Without one, the client may be "
        "registered with dpop_bound_access_tokens: then set Options.dpop_key."
    )


class UserInfoSubjectError(ProviderError):
    """Userinfo is about somebody else (OpenID Connect Core 1.0 §5.3.2: do not use it)."""

    todo = "Use nothing of the answer; check that the tokens of two people are not mixed up."


class TokenRequestRefusedError(SignInError):
    """The provider refused what this platform's server asked of it."""

    todo = "Look up what stands in the brackets in the provider's reference of errors."


class CodeRefusedError(TokenRequestRefusedError):
    """The code is expired, used, or not ours (``invalid_grant``)."""

    todo = (
        "Let the person begin again: a code lives for a minute and works once. If it happens each "
        "time: does your callback run twice, or redirect_uri change between begin and finish?"
    )


class ClientRefusedError(TokenRequestRefusedError):
    """The provider does not accept this client's authentication (``invalid_client``)."""

    todo = (
        "Check client_id and client_secret (no line end in it), and that the client is registered "
        "for this way. With a private_key: is its jwks registered, and this machine's clock right?"
    )


class ClientNotAllowedError(TokenRequestRefusedError):
    """The client may not do that, or is disabled (``unauthorized_client``)."""

    todo = "Register the client for this grant type; ask the provider's operator if it is disabled."


class ProofRefusedError(TokenRequestRefusedError):
    """The provider does not accept the DPoP proof (RFC 9449 §5)."""

    todo = (
        "Was a proof missing? Set Options.dpop_key. Else check this machine's clock, and that no "
        "proxy changes the address of the request."
    )


class RefreshTokenGoneError(TokenRequestRefusedError):
    """The refresh token has ended: taken back, over, or used twice (``invalid_grant``)."""

    todo = "Forget these tokens, and ask the person to sign in again when they are next here."


class AccessTokenRefusedError(SignInError):
    """The provider does not take this access token any more."""

    todo = "Refresh the tokens and ask once more; without a refresh token let the person sign in."
