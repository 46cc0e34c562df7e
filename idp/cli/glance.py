"""A request that can be refused without being read: all of it lies there, and nothing follows it.

The web server's reader takes 20 µs for a request, and makes what an application needs of it. For
whoever is refused anyhow the bytes are enough. Only what is plain is known here. Of everything
else, which is whatever somebody in front of us could see end elsewhere (request smuggling: a body,
an upgrade, a line that is not well-formed), nothing is said: it is read in full.
"""

from __future__ import annotations

import re
from typing import Final

MOST_BYTES: Final = 16 * 1024
# RFC 9112 §3 and §5, without what is obsolete or rare in them.
_NAME, _VALUE = rb"[!#-'*+\-.^-z|~A-Z0-9]++", rb"[\t -~\x80-\xff]*+"
_REQUEST: Final = re.compile(
    rb"GET (/[\w./~-]*+)(?:\?[!-~]*+)? HTTP/1\.1\r\n((?:%b:%b\r\n)*+)\r\n" % (_NAME, _VALUE)
)
_HEADER: Final = re.compile(rb"(%b):[ \t]*+(%b)\r\n" % (_NAME, _VALUE))
_FRAMING: Final = frozenset({b"content-length", b"expect", b"transfer-encoding", b"upgrade"})


def plain(data: bytes) -> tuple[str, list[tuple[bytes, bytes]]] | None:
    """Return path and headers (names in lower case) of ``data``, if it is one plain GET request.

    It has no body then, and the connection stays.
    """
    found = None if len(data) > MOST_BYTES else _REQUEST.fullmatch(data)
    if found is None:
        return None
    headers = [(name.lower(), value) for name, value in _HEADER.findall(found[2])]
    for name, value in headers:
        if name in _FRAMING or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
    return found[1].decode(), headers
