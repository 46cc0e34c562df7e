"""Answers of the busiest endpoints, made with little work: JSON for one program, and the way on.

They are Starlette's own, less what is the same each time: header names and values are ready bytes,
an address is not quoted again that a client has registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from idp.domain import compact_json
from idp.protocol import dpop

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_STORE: Final = ((b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"))
_JSON: Final = (*_NO_STORE, (b"pragma", b"no-cache"), (b"content-type", b"application/json"))
_NONCE: Final = dpop.NONCE_HEADER.lower().encode()


class _Ready(Response):
    """An answer whose headers are ready, all but its length."""

    def __init__(self, status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", str(len(body)).encode())]


def private_json(members: Mapping[str, object], *, dpop_nonce: str | None = None) -> Response:
    """Return ``members`` for whoever asked alone, with the nonce for the next proof, if any."""
    response = _Ready(200, _JSON, compact_json.write(dict(members)))
    if dpop_nonce is not None:
        response.raw_headers.append((_NONCE, dpop_nonce.encode()))
    return response


def way_on(location: str) -> Response:
    """Send the browser to ``location``, an address that the caller has validated, as it stands.

    303: the method never travels along (RFC 9700 §4.12).
    """
    return _Ready(303, (*_NO_STORE, (b"location", location.encode("latin-1"))), b"")
