"""What stands in clear in a dump, for whoever reads it without keys (promise P3)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from idp.domain import network_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.dumps import Dump, Row, Table, Value

OPEN: Final = ("clients", "former_clients")
"""Tables that name platforms because that is what they are about."""

_BEGINNING: Final = 7  # bytes that chance does not repeat in a dump; looked for first
_SHORTEST: Final = 25
_LONG_WORD: Final = re.compile(rb"[0-9A-Za-z]{%d,}" % _SHORTEST)
_NETWORK_ID: Final = re.compile(rb"(?=([0-9A-HJKMNP-TV-Z]{25}))")
_IN_HEX: Final = re.compile(rb"(?=([0-9a-f]{32}))")
# 1 for what a long word consists of: whether there is any is found ten times as fast as where.
_OF_WORDS: Final = bytes(code < 128 and chr(code).isalnum() for code in range(256))


def names_in_clear(dump: Dump) -> dict[str, set[bytes]]:
    """Search every cell of every table but those about platforms for what names somebody.

    Network IDs by their alphabet and check characters, platforms by client id and sector.
    """
    platforms = {name.encode() for name in _platform_names(dump)}
    beginnings = {text[:_BEGINNING] for text in platforms}  # few: many platforms share one
    people = {bytes(cell).hex().encode() for cell in dump["people"].column("id")}  # type: ignore[arg-type]
    found: dict[str, set[bytes]] = defaultdict(set)
    for name, table in dump.items():
        if name in OPEN:
            continue
        rows = [*_of_cases(table)] if name == "audit" else table.rows
        everything = b"\n".join(map(_told, zip(*rows, strict=True)))
        runs = b"\n".join(_long_words(everything))
        found["network ids"] |= {text for text in _NETWORK_ID.findall(runs) if _is_network_id(text)}
        begun = {start for start in beginnings if start in everything}
        found["platforms"] |= {
            text for text in platforms if text[:_BEGINNING] in begun and text in everything
        }
        found["people"] |= set(_IN_HEX.findall(runs)) & people
    return found


def _of_cases(table: Table) -> Iterator[Row]:
    """Yield the entries of the audit log that are about somebody; the rest is about clients."""
    case, subject = table.columns.index("case_id"), table.columns.index("subject")
    for row in table.rows:
        if row[case] is not None or row[subject] is None:
            yield row


def _told(column: tuple[Value, ...]) -> bytes:
    """Return all cells of a column but numbers, which have too few digits to name anybody."""
    try:
        return b"\n".join(column)  # type: ignore[arg-type]
    except TypeError:
        texts = [cell for cell in column if isinstance(cell, bytes | str)]
        return b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts)


def _long_words(everything: bytes) -> list[bytes]:
    if b"\1" * _SHORTEST not in everything.translate(_OF_WORDS):
        return []
    return _LONG_WORD.findall(everything)


def _platform_names(dump: Dump) -> set[str]:
    clients = dump["clients"]
    ids = {str(value) for value in clients.column("client_id")}
    documents = [json.loads(str(text)) for text in clients.column("metadata")]
    return ids | {f"platform:{document['platform']}" for document in documents}


def _is_network_id(text: bytes) -> bool:
    try:
        return bool(network_id.parse(text.decode()))
    except network_id.NetworkIdInvalid:
        return False
