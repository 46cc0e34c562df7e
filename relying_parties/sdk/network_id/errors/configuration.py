"""What a developer, or the provider's operator, must mend."""

from __future__ import annotations

from network_id.errors.base import SignInError


class ConfigurationError(SignInError):
    """Something that a developer or the provider's operator must mend."""

    todo = "Let people browse as guests meanwhile, and look at the name and text of this error."


class InsecureUrlError(ConfigurationError):
    """A URL is neither https nor http on loopback, or carries what it must not."""

    todo = "Use https; plain http is for localhost, 127.0.0.1 and [::1] only."


class IssuerMismatchError(ConfigurationError):
    """The discovery document speaks for another issuer (OpenID Connect Discovery 1.0 §4.3)."""

    todo = (
        "If what came is your provider, configure exactly that as the issuer: a slash at the end "
        "counts, and localhost is not 127.0.0.1."
    )


class DiscoveryInvalidError(ConfigurationError):
    """The discovery document is not one that this SDK can use safely."""

    todo = "Check that the issuer is right; if it is, tell the provider's operator."


class CredentialsError(ConfigurationError):
    """It is not clear how this client authenticates."""

    todo = (
        "Give discover() a client_secret (is that setting empty?), or Options a private_key, or "
        "neither for a public client."
    )


class KeyUnusableError(ConfigurationError):
    """A private key of yours cannot be used. Nothing of it is shown here."""

    todo = "Make one by `ClientKey.generate()`, keep its `pem`, and register its `jwks`."


class NotOfferedError(ConfigurationError):
    """The provider's metadata says that it does not do what is asked of it."""

    todo = "Change the option, or ask the provider's operator."


class RequestInvalidError(ConfigurationError):
    """begin_sign_in() was told something that cannot be asked for."""

    todo = "Correct the call of begin_sign_in()."


class PushedRequestRefusedError(ConfigurationError):
    """The provider does not accept this client's request (RFC 9126 §2.3)."""

    todo = (
        "Compare the request with what is registered for this client: redirect_uri byte for byte, "
        "scope, algorithms."
    )


class DpopKeyChangedError(ConfigurationError):
    """The code or token is bound to another DPoP key than this process has."""

    todo = (
        "Give every process of the platform the same Options.dpop_key, and keep it; let the person "
        "begin again."
    )


class TokensMissingError(ConfigurationError):
    """There is no token to use."""

    todo = (
        "A SignIn from a session has no tokens: store `sign_in.tokens` by itself. A refresh token "
        'comes only with the scope "openid offline_access", to a client that is registered for '
        "the grant type refresh_token."
    )


class TokensOfAnotherProviderError(ConfigurationError):
    """The tokens are another provider's. They were not sent anywhere."""

    todo = "Keep each provider's tokens with that provider."
