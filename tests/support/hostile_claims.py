"""What is inside a hostile JWT: members that stand twice, bodies that are none, claims that lie.

All of it is signed by the right key, so that the reading refuses it and not the signature.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.hostile_tokens import Good, Lie

_FAR: Final = 10**10


def with_member(good: Good, member: bytes) -> bytes:
    """The claims with one more member at the end, as written."""
    return json.dumps(good.fresh()).encode()[:-1] + b"," + member + b"}"


def duplicates(good: Good) -> Iterator[Lie]:
    written = json.dumps(good.header)[:-1]
    for name, value in good.header.items():
        same = f'{written},"{name}":{json.dumps(value)}}}'.encode()
        other = f'{{"{name}":"none",{written[1:]}}}'.encode()
        yield f"{name} twice in the header", good.raw(header=same)
        yield f"{name} twice and otherwise", good.raw(header=other)
    for name, value in good.claims.items():
        same = f'"{name}":{json.dumps(value)}'.encode()
        yield f"claim {name} twice", good.raw(payload=with_member(good, same))
    first = next(iter(good.claims))
    escaped = f'"\\u{ord(first[0]):04x}{first[1:]}":"evil"'.encode()
    yield "a claim twice, once escaped", good.raw(payload=with_member(good, escaped))
    inner = b'"more":{"a":1,"a":2}'
    yield "a member twice inside another", good.raw(payload=with_member(good, inner))


def payloads(good: Good) -> Iterator[Lie]:
    body = json.dumps(good.fresh())
    written: dict[str, bytes] = {
        "a list": f"[{body}]".encode(),
        "text": b'"sub"',
        "null": b"null",
        "nothing": b" ",
        "an empty object": b"{}",
        "with a mark before": b"\xef\xbb\xbf" + body.encode(),
        "in UTF-16": body.encode("utf-16"),
        "not UTF-8": with_member(good, b'"more":"\xff"'),
        "with a lone surrogate": with_member(good, b'"iss":"\\ud800"'),
        "with more after it": f"{body} {body}".encode(),
        "with a comment": f"{body[:-1]}/* */}}".encode(),
        "NaN": with_member(good, b'"more":NaN'),
        "Infinity": with_member(good, b'"more":-Infinity'),
        "in single quotes": body.replace('"', "'").encode(),
    }
    for name, payload in written.items():
        yield f"a payload: {name}", good.raw(payload=payload)
    yield "a header that is a list", good.raw(header=f"[{json.dumps(good.header)}]".encode())
    yield "a header in UTF-16", good.raw(header=json.dumps(good.header).encode("utf-16"))


def claims_of_wrong_types(good: Good) -> Iterator[Lie]:
    """What a careless reader of claims would take."""
    for name, value in good.claims.items():
        for lie, changed in _LOOKALIKES.get(name, lambda _: {})(value).items():
            claims = {n: v for n, v in (good.fresh() | {name: changed}).items() if v is not None}
            yield f"{name} {lie}", good.signed(good.header, claims)
    if "exp" in good.claims:
        for lie in ("NaN", "Infinity", "1e999"):
            claims = {name: value for name, value in good.fresh().items() if name != "exp"}
            payload = json.dumps(claims)[:-1] + f',"exp":{lie}}}'
            yield f"exp {lie}", good.raw(payload=payload.encode())
    yield "nbf to come", good.signed(good.header, good.fresh() | {"nbf": _FAR})
    yield "nbf text", good.signed(good.header, good.fresh() | {"nbf": "0"})


def _time(value: Any) -> dict[str, Any]:
    return {
        "text": str(value),
        "true": True,
        "a list": [value],
        "negative": -1,
        "zero": 0,
        "missing": None,
        "without end": 10**400,
    }


def _name(value: Any) -> dict[str, Any]:
    text = value[0] if isinstance(value, list) else str(value)
    return {
        "missing": None,
        "empty": "",
        "a number": 7,
        "in a list in a list": [[text]],
        "in an object": {"value": text},
        "with a slash": f"{text}/",
        "with a space": f"{text} ",
        "with NUL": f"{text}\0",
        "in upper case": text.upper(),
        "cut": text[:-1],
        "longer": f"{text}.evil.example",
        "with a look-alike": text.replace("o", "\u043e").replace("e", "\u0435") + "\u200b",
    }


def _audience(value: Any) -> dict[str, Any]:
    text = value[0] if isinstance(value, list) else str(value)
    return _name(value) | {"a list": [text], "a list with another": [text, "https://evil.example"]}


_LOOKALIKES: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "aud": _audience,
    "iss": lambda value: _name(value) | {"a list": [value]},
    "sub": lambda value: {"missing": None, "a number": 7, "a list": [value], "empty": ""},
    "client_id": lambda value: {"missing": None, "a number": 7, "a list": [value]},
    "exp": _time,
    "iat": lambda value: {
        "to come": _FAR,
        "text": str(value),
        "true": True,
        "without end": 10**400,
    },
}
