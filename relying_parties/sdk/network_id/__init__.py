"""Log people in with network ID: what a platform installs.

    platform = await discover(issuer, client_id, client_secret, redirect_uri)
    url, pending = await platform.begin_sign_in()  # keep `pending`, send the browser to `url`
    sign_in = await platform.finish_sign_in(pending, query)  # at the redirect URI
    sign_in.network_id, sign_in.display, sign_in.over(18)

Owns discovery, the authorization response, the token exchange and the ID token's checks, with
Authlib and joserfc underneath. Every refusal is a `SignInError` of its own name that says what was
expected, what came, and what to do. Keeps no session and writes no log: both are the platform's.
"""

from network_id.errors import (
    AccessDeniedError,
    AccessTokenHashError,
    AlgorithmRefusedError,
    AudienceError,
    AuthorizedPartyError,
    ClaimInvalidError,
    ClientRefusedError,
    CodeMissingError,
    CodeRefusedError,
    DiscoveryInvalidError,
    DuplicateParameterError,
    InsecureUrlError,
    IssuedInFutureError,
    IssuerMismatchError,
    KeyUnknownError,
    NonceMismatchError,
    NoSignInPendingError,
    NotANetworkIdError,
    ProviderAnswerError,
    ProviderError,
    ProviderRefusedError,
    ProviderUnavailableError,
    ResponseIssuerMismatchError,
    ResponseIssuerMissingError,
    ResponseTooLargeError,
    SessionValueError,
    SignatureInvalidError,
    SignInError,
    SignInExpiredError,
    StateMismatchError,
    TokenExpiredError,
    TokenIssuerError,
    TokenMalformedError,
    TokenNotYetValidError,
    TokenRequestRefusedError,
    TokenTypeError,
)
from network_id.network_id import InvalidNetworkIdError
from network_id.platform import Options, Platform, discover
from network_id.sign_in import Pending, SignIn

__all__ = [
    "AccessDeniedError",
    "AccessTokenHashError",
    "AlgorithmRefusedError",
    "AudienceError",
    "AuthorizedPartyError",
    "ClaimInvalidError",
    "ClientRefusedError",
    "CodeMissingError",
    "CodeRefusedError",
    "DiscoveryInvalidError",
    "DuplicateParameterError",
    "InsecureUrlError",
    "InvalidNetworkIdError",
    "IssuedInFutureError",
    "IssuerMismatchError",
    "KeyUnknownError",
    "NoSignInPendingError",
    "NonceMismatchError",
    "NotANetworkIdError",
    "Options",
    "Pending",
    "Platform",
    "ProviderAnswerError",
    "ProviderError",
    "ProviderRefusedError",
    "ProviderUnavailableError",
    "ResponseIssuerMismatchError",
    "ResponseIssuerMissingError",
    "ResponseTooLargeError",
    "SessionValueError",
    "SignIn",
    "SignInError",
    "SignInExpiredError",
    "SignatureInvalidError",
    "StateMismatchError",
    "TokenExpiredError",
    "TokenIssuerError",
    "TokenMalformedError",
    "TokenNotYetValidError",
    "TokenRequestRefusedError",
    "TokenTypeError",
    "discover",
]
