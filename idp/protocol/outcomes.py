"""How one cause is answered, and short ways to write the usual answers."""

from __future__ import annotations

from msgspec import Struct

REQUEST_OVER = "request_over"


class Outcome(Struct, frozen=True):
    """How one cause is answered."""

    status: int
    code: str
    description: str
    page: str = "malformed_request"
    at_resource: int = 0


def request(description: str, *, page: str = "malformed_request", status: int = 400) -> Outcome:
    """Return the outcome of a malformed request (RFC 6749 §4.1.2.1, §5.2)."""
    return Outcome(status, "invalid_request", description, page)


def request_uri(description: str, *, page: str = REQUEST_OVER) -> Outcome:
    """Return the outcome of a ``request_uri`` that leads nowhere (RFC 9101 §7)."""
    return Outcome(400, "invalid_request_uri", description, page)


def request_object(description: str) -> Outcome:
    """Return the outcome of a request object that is refused (RFC 9101 §7)."""
    return Outcome(400, "invalid_request_object", description)


def grant(description: str) -> Outcome:
    """Return the outcome of a grant that is refused (RFC 6749 §5.2)."""
    return Outcome(400, "invalid_grant", description)


def client(description: str) -> Outcome:
    """Return the outcome of client authentication that failed (RFC 6749 §5.2)."""
    return Outcome(401, "invalid_client", description)


def proof(description: str, *, code: str = "invalid_dpop_proof") -> Outcome:
    """RFC 9449 §5, §7.1: one code, and another status where access tokens are taken."""
    return Outcome(400, code, description, at_resource=401)


def token(description: str) -> Outcome:
    """Return the outcome of an access token that is refused (RFC 6750 §3.1)."""
    return Outcome(401, "invalid_token", description)
