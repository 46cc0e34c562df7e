"""Which algorithm a refused JWT named, beside those that were expected: for whoever made it.

Read from the header as it came, for telling and for nothing else: nothing is verified by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.domain import base64url, mismatch
from idp.domain.mismatch import Basis
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.mismatch import Mismatch

_MAX_HEADER: Final = 512  # characters, as where it is verified


def algorithm(token: str, expected: Sequence[str]) -> Mismatch | None:
    """Return what ``alg`` says beside ``expected``; None where that was not what is wrong."""
    part = token.partition(".")[0]
    if len(part) > _MAX_HEADER:
        return None
    try:
        alg = load_object(base64url.decode(part)).get("alg")
    except ValueError:
        return None
    if not isinstance(alg, str) or alg in expected:
        return None
    return mismatch.text("alg", alg, expected, Basis.EXPECTED)
