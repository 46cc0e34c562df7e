"""Error responses of each kind, at each endpoint."""

from __future__ import annotations

from typing import Final

from network_id_simulator.fault import Fault, Must

_ENDED = "The error is taken for a missing code, or shown as it came."
_DEVELOPER = "Show people a plain page and yourself the error: a developer has to mend the request."
_AGAIN = "Offer to try again in a moment; let people go on as guests meanwhile."
_INTERACT = "You asked with prompt=none: begin again without it."

_AUTHORIZE: Final = {
    "access_denied": (
        "RFC 6749 §4.1.2.1",
        "The person said no, or may not sign in.",
        "Respect it: let them go on as a guest, and ask again only when they choose to.",
    ),
    "account_selection_required": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The person would have to choose an account.",
        _INTERACT,
    ),
    "consent_required": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The person would have to allow something first.",
        _INTERACT,
    ),
    "interaction_required": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The person would have to do something.",
        _INTERACT,
    ),
    "invalid_request": (
        "RFC 6749 §4.1.2.1",
        "The request is not well-formed.",
        _DEVELOPER,
    ),
    "invalid_request_object": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The signed request does not hold.",
        _DEVELOPER,
    ),
    "invalid_request_uri": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The request_uri cannot be used: the pushed request is over.",
        "Push the request again and begin anew.",
    ),
    "invalid_scope": ("RFC 6749 §4.1.2.1", "The scope may not be asked for.", _DEVELOPER),
    "invalid_target": ("RFC 8707 §2", "The resource is not known.", _DEVELOPER),
    "login_required": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The person would have to sign in.",
        _INTERACT,
    ),
    "registration_not_supported": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The parameter registration is not supported.",
        _DEVELOPER,
    ),
    "request_not_supported": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The parameter request is not supported.",
        _DEVELOPER,
    ),
    "request_uri_not_supported": (
        "OpenID Connect Core 1.0 §3.1.2.6",
        "The parameter request_uri is not supported.",
        _DEVELOPER,
    ),
    "server_error": ("RFC 6749 §4.1.2.1", "Something broke at the provider.", _AGAIN),
    "temporarily_unavailable": ("RFC 6749 §4.1.2.1", "The provider is overloaded.", _AGAIN),
    "unauthorized_client": (
        "RFC 6749 §4.1.2.1",
        "The client may not ask for a code.",
        _DEVELOPER,
    ),
    "unmet_authentication_requirements": (
        "OpenID Connect Unmet Authentication Requirements 1.0 §2",
        "The person cannot sign in as was demanded.",
        "Demand less, or tell the person what they would need.",
    ),
    "unsupported_response_type": (
        "RFC 6749 §4.1.2.1",
        "The response_type is not supported.",
        _DEVELOPER,
    ),
}
_TOKEN: Final = {
    "invalid_request": ("RFC 6749 §5.2", "The token request is not well-formed."),
    "invalid_client": ("RFC 6749 §5.2", "The client did not prove who it is."),
    "invalid_grant": ("RFC 6749 §5.2", "The code is not valid: used, over, or of another."),
    "unauthorized_client": ("RFC 6749 §5.2", "The client may not use this grant type."),
    "unsupported_grant_type": ("RFC 6749 §5.2", "The grant type is not supported."),
    "invalid_scope": ("RFC 6749 §5.2", "The scope was not granted."),
    "invalid_target": ("RFC 8707 §2.2", "The resource was not granted."),
    "invalid_dpop_proof": ("RFC 9449 §5", "The DPoP proof does not hold."),
    "server_error": ("RFC 6749 §5.2", "Something broke at the provider (HTTP 500)."),
}
_USERINFO: Final = {
    "invalid_request": ("RFC 6750 §3.1", "The userinfo request is not well-formed."),
    "invalid_token": ("RFC 6750 §3.1", "The access token is not valid."),
    "insufficient_scope": ("RFC 6750 §3.1", "The access token is not for userinfo."),
}
_PAR: Final = {
    "invalid_request": ("RFC 9126 §2.3", "The pushed request is not well-formed."),
    "invalid_client": ("RFC 9126 §2.3", "The client did not prove who it is."),
    "invalid_scope": ("RFC 9126 §2.3", "The scope may not be asked for."),
    "server_error": ("RFC 9126 §2.3", "Something broke at the provider (HTTP 500)."),
}
CODES: Final = {
    "authorize": tuple(_AUTHORIZE),
    "token": tuple(_TOKEN),
    "userinfo": tuple(_USERINFO),
    "par": tuple(_PAR),
}
"""Endpoint to the error codes that it can be made to answer."""


def fault_name(code: str, at: str = "authorize") -> str:
    """Return the name of the fault that makes the endpoint ``at`` answer ``code``.

    ``login_required`` gives ``error-login-required``; at the token endpoint it would be
    ``token-error-…``. Whether there is such a fault is for the table to say.
    """
    prefix = "error" if at == "authorize" else f"{at}-error"
    return f"{prefix}-{code.replace('_', '-')}"


def error_code(name: str) -> str:
    """Return the wire code of an error's fault: the inverse of `fault_name`."""
    return name.partition("error-")[2].replace("-", "_")


def _direct(at: str, codes: dict[str, tuple[str, str]], *, may_sign_in: bool) -> tuple[Fault, ...]:
    return tuple(
        Fault(
            name=fault_name(code, at),
            group=f"{at}-error",
            what=f"{what} (error={code})",
            must=Must.STAND,
            spec=spec,
            mistake="The answer is read without looking at its status and its error.",
            mend="Look for error, write it into your log, and offer to begin again.",
            at=at,
            may_sign_in=may_sign_in,
        )
        for code, (spec, what) in codes.items()
    )


ROWS: Final = (
    *(
        Fault(
            name=fault_name(code),
            group="error",
            what=f"{what} (error={code})",
            must=Must.STAND,
            spec=spec,
            mistake=_ENDED,
            mend=mend,
            at="authorize",
        )
        for code, (spec, what, mend) in _AUTHORIZE.items()
    ),
    *_direct("token", _TOKEN, may_sign_in=False),
    *_direct("userinfo", _USERINFO, may_sign_in=True),
    *_direct("par", _PAR, may_sign_in=False),
)
