"""What must stand in no dump: the private values of a key store, in the usual encodings."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from idp.domain.secret_key import SecretDomain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.keystore import Keystore

_SPACES: Final = re.compile(rb"\s+|\\n")
_SHORTEST: Final = 16  # bytes: shorter ones meet by chance, and are no key


def of(store: Keystore) -> dict[str, bytes]:
    """Return every private value of a store that keeps its keys in this process, by a name."""
    found: dict[str, bytes] = {}
    for signer in store.signers():
        key: Any = signer._key  # type: ignore[attr-defined]
        for name, value in _numbers(key):
            found[f"{signer.alg} {signer.kid[:6]} {name}"] = value
    for domain in SecretDomain:
        for version, secret in store.secret(domain).versions.items():
            found[f"{domain} {version}"] = secret
    return found


def seen_in(dump: bytes, values: dict[str, bytes]) -> list[str]:
    """Return which of the values stand in a dump, and how they are written there."""
    texts = (dump, _SPACES.sub(b"", dump))  # PEM and its kind break lines
    return [
        f"{name} as {how}"
        for name, value in values.items()
        for how, written in _spellings(value)
        if any(written in text for text in texts)
    ]


def pem(store: Keystore) -> Iterator[bytes]:
    """Give each signing key as a careless program would write it."""
    for signer in store.signers():
        key: Any = signer._key  # type: ignore[attr-defined]
        yield key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _numbers(key: Any) -> Iterator[tuple[str, bytes]]:
    if not hasattr(key, "private_numbers"):
        yield "d", key.private_bytes_raw()
        return
    numbers = key.private_numbers()
    names = {"p": "p", "q": "q", "d": "d", "dmp1": "dp", "dmq1": "dq", "iqmp": "qi"}
    for attribute, name in (
        names.items() if hasattr(numbers, "p") else {"private_value": "d"}.items()
    ):
        number: int = getattr(numbers, attribute)
        yield name, number.to_bytes(-(-number.bit_length() // 8), "big")


def _spellings(value: bytes) -> Iterator[tuple[str, bytes]]:
    assert len(value) >= _SHORTEST
    yield "bytes", value
    yield "hex", value.hex().encode()
    yield "hex in capitals", value.hex().upper().encode()
    yield "a number", str(int.from_bytes(value, "big")).encode()
    yield "escapes", repr(value)[2:-1].encode()
    for skipped in range(3):  # it may begin anywhere within what was encoded
        whole = value[skipped : skipped + (len(value) - skipped) // 3 * 3]
        yield "base64", base64.b64encode(whole)
        yield "base64url", base64.urlsafe_b64encode(whole)
