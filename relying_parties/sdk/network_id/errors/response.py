"""What the browser brought back: something that does not fit, or the provider's own no."""

from __future__ import annotations

from network_id.errors.base import SignInError, shown


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
