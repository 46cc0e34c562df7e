"""What the browser brought back: something that does not fit, or the provider's own no."""

from __future__ import annotations

from network_id.errors.base import SignInError, shown


class ResponseError(SignInError):
    """The browser brought back something that does not fit the sign-in that was begun."""


class NoSignInPendingError(ResponseError):
    """No sign-in is under way in this browser: a stale tab, the back button, or a forged login."""

    todo = (
        "Offer to begin again. If it happens each time: keep `pending` in a session whose cookie "
        "is SameSite=Lax, and begin at the host of the redirect URI (localhost is not 127.0.0.1)."
    )


class SessionValueError(ResponseError):
    """What the session held is not what this SDK put there: altered, cut off, or something else."""

    todo = (
        "Store exactly what to_dict() or to_json() gave, in a session that its browser cannot "
        "alter; let the person begin again."
    )


class StateMismatchError(ResponseError):
    """The state is not the one that was sent (RFC 6749 §10.12: login CSRF is refused)."""

    todo = (
        "Do not sign the person in; let them begin again. If it happens each time: give the raw "
        "query string, and keep one `pending` for each sign-in, by its `state`."
    )


class SignInExpiredError(ResponseError):
    """The sign-in was begun too long ago."""

    todo = "Let the person begin again; a sign-in has an hour."


class ResponseTooLargeError(ResponseError):
    """The authorization response is larger than any real one."""

    todo = "Do not sign the person in. If it happens each time, tell the provider's operator."


class DuplicateParameterError(ResponseError):
    """A parameter came twice (RFC 6749 §3.1), so two readers could see two answers."""

    todo = "Do not sign the person in. If it happens each time, tell the provider's operator."


class ResponseIssuerMissingError(ResponseError):
    """The provider announces ``iss`` in its responses and this one has none (RFC 9207 §2.4)."""

    todo = (
        "Send the code nowhere. If it happens each time: give the whole raw query string, with "
        "its `iss`."
    )


class ResponseIssuerMismatchError(ResponseError):
    """The response is another issuer's (RFC 9207 §2.4: a mix-up attack is refused)."""

    todo = (
        "Send the code nowhere. With several providers: finish with the Platform that began, or "
        "give each a redirect URI of its own."
    )


class CodeMissingError(ResponseError):
    """The response has neither a code nor an error."""

    todo = "Let the person begin again. If it happens each time: give the whole raw query string."


class ProviderRefusedError(SignInError):
    """The provider ended the sign-in with an error response (OpenID Connect Core 1.0 §3.1.2.6).

    ``error`` is the wire code, e.g. ``login_required``; ``error_uri`` the provider's own page about
    it, whose last part is the stable code of the very cause, or empty.
    """

    def __init__(self, error: str, description: str = "", error_uri: str = "") -> None:
        self.error = error
        self.error_uri = error_uri
        came = f"error={shown(error)}" + (f" ({shown(description)})" if description else "")
        came += f", explained at {shown(error_uri)}" if error_uri else ""
        super().__init__(expected="a code", came=came, todo=TODO_BY_WIRE_CODE.get(error))


_SILENT = 'prompt="none" could not be met without a page: begin again without it.'
_LATER = "Try again in a moment; let people browse as guests meanwhile."
_MEND = "A developer must correct the request: the description says what is wrong with it."
TODO_BY_WIRE_CODE: dict[str, str] = {
    "login_required": _SILENT,
    "consent_required": _SILENT,
    "interaction_required": _SILENT,
    "account_selection_required": _SILENT,
    "unmet_authentication_requirements": (
        "The person cannot sign in in the way that `required_acr` demands: offer another way."
    ),
    "temporarily_unavailable": _LATER,
    "server_error": _LATER,
    "invalid_request": _MEND,
    "invalid_scope": _MEND,
    "unauthorized_client": _MEND,
    "unsupported_response_type": _MEND,
}


class AccessDeniedError(ProviderRefusedError):
    """The person said no, or may not sign in. Nothing was shared."""

    todo = "Respect it: let the person go on as a guest, and ask only when they choose to."
