"""Reading ``application/x-www-form-urlencoded`` parameters strictly (RFC 6749 §3.1, §3.2, App. B).

Rules in prose. Bytes that are not UTF-8 are refused, never replaced. A parameter sent twice is
refused: two readers of one request must not see two different values (parameter pollution,
CVE-2026-9689). A parameter without a value counts as not sent (RFC 6749 §3.1). Sizes are bounded
before anything is decoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from idp.domain import mismatch
from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_QUERY_BYTES = 16 * 1024
MAX_BODY_BYTES = 96 * 1024
MAX_FIELDS = 100


def parse(raw: bytes, *, limit: int = MAX_QUERY_BYTES) -> dict[str, str]:
    """Decode ``raw`` into its parameters, each exactly once, empty ones left out.

    Raises Refusal: ``TOO_LARGE`` over ``limit`` bytes or 100 fields, ``MALFORMED_PARAMETERS`` for
    broken percent-encoding, bytes outside UTF-8 or control characters, ``DUPLICATED_PARAMETER``.
    """
    if len(raw) > limit:
        raise Refusal(Cause.TOO_LARGE, limit=str(limit))
    pairs = _decode(raw)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal(Cause.DUPLICATED_PARAMETER, parameter=_first_repeated(pairs)[:64])
    return found if all(found.values()) else {name: found[name] for name in found if found[name]}


def _first_repeated(pairs: list[tuple[str, str]]) -> str:
    names = [name for name, _ in pairs]
    return next(name for place, name in enumerate(names) if name in names[:place])


def _decode(raw: bytes) -> list[tuple[str, str]]:
    quickly = _decode_ordinary(raw)
    return _decode_any(raw) if quickly is None else quickly


# What ``%`` and two digits stand for, where that is a printable ASCII character.
_PRINTABLE = {f"{byte:02{case}}": chr(byte) for byte in range(0x20, 0x7F) for case in "xX"}


def _decode_ordinary(raw: bytes) -> list[tuple[str, str]] | None:
    """Return what ``_decode_any`` would, or None for anything but printable ASCII.

    Nearly everything that is sent is that, there nothing can be wrong with a character, and it is
    read in a tenth of the time: a silent login reads two such texts.
    """
    text = raw.decode("latin-1")
    segments = text.replace("+", " ").split("&")
    if not (text.isascii() and text.isprintable()) or len(segments) > MAX_FIELDS:
        return None
    pairs = []
    try:
        for segment in segments:
            if segment:
                name, _, value = segment.partition("=")
                if "%" in segment:
                    name, value = _unquoted(name), _unquoted(value)
                pairs.append((name, value))
    except KeyError:
        return None
    return pairs


def _unquoted(text: str) -> str:
    first, *others = text.split("%")
    return first + "".join([_PRINTABLE[part[:2]] + part[2:] for part in others])


def _decode_any(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        _check_percent_encoding(text)
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise Refusal(Cause.MALFORMED_PARAMETERS, problem="not UTF-8") from error
    except ValueError as error:
        too_many = "max number of fields" in str(error).lower()
        cause = Cause.TOO_LARGE if too_many else Cause.MALFORMED_PARAMETERS
        raise Refusal(cause, problem=str(error)[:80]) from error
    for name, value in pairs:
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise Refusal(Cause.MALFORMED_PARAMETERS, problem="a control character")
    return pairs


# NUL and its like have no place in a protocol parameter: they cut strings and forge log lines.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def is_plain(text: str) -> bool:
    """Tell whether ``text`` could have come as a parameter: UTF-8 without control characters."""
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can escape
        return False
    return _CONTROL.search(text) is None


_HEX = frozenset("0123456789abcdefABCDEF")


def _check_percent_encoding(text: str) -> None:
    # A stray "%" is passed through by lenient decoders: two readers would see two values.
    start = text.find("%")
    while start != -1:
        digits = text[start + 1 : start + 3]
        if len(digits) != 2 or not _HEX.issuperset(digits):  # noqa: PLR2004 - two hex digits
            raise ValueError("broken percent-encoding")
        start = text.find("%", start + 3)


def words(value: str | None) -> tuple[str, ...]:
    """Split a space-delimited list (RFC 6749 §3.3), keeping order, dropping repeats."""
    return tuple(dict.fromkeys((value or "").split(" "))) if value else ()


def required(parameters: Mapping[str, str], name: str, cause: Cause) -> str:
    """Return the parameter ``name``, or refuse for ``cause``."""
    value = parameters.get(name)
    if value is None:
        raise Refusal(cause)
    return value


def unsupported(cause: Cause, name: str, sent: str, taken: Iterable[str]) -> Refusal:
    """Return the refusal of a value that nobody may send, beside those that everybody may."""
    return Refusal(cause, mismatch.text(name, sent, sorted(taken), mismatch.Basis.SUPPORTED))
