"""Loopback addresses: this machine, and nothing that merely looks like it (RFC 8252 §7.3, §8.3).

One strict pattern, matched against the whole text, and no URI parser: user information, encoded
hosts, backslashes and longer names are simply different strings.
"""

from __future__ import annotations

import re
from typing import Final

HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS: Final = re.compile(
    r"http://(?P<host>localhost|127\.0\.0\.1|\[::1\])(?P<port>:[0-9]{1,5})?(?P<rest>/[!-~]*)?"
)


def is_loopback(address: str) -> bool:
    """Tell whether ``address`` is plain http on this machine."""
    return ADDRESS.fullmatch(address) is not None
