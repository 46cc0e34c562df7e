"""Hostile JWTs: from any good one, every way to lie that the advisories of this field know of.

Classes of lies: no signature or somebody else's, another algorithm (HMAC by the public key among
them), a key or an address of a key in the header, critical or unknown members, bombs and oversize,
duplicated members, several spellings of one text, other serialisations, cut and bent texts, claims
of a wrong type, and look-alikes. Wherever it helps, the lie is signed by the *right* key: what
refuses it is then the reading, not the signature.
"""

from __future__ import annotations

import itertools
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from joserfc.jwk import import_key

from idp.domain import base64url
from tests.support import hostile_claims
from tests.support.jwt import at_once, forge, hs256, key, parts, raw, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from idp.protocol.jose import Signer

    Lie = tuple[str, str]

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NUMBERS: Final = itertools.count(1)
_SAMPLES: Final = 8
_LONG: Final = 20_000
_DEEP: Final = 1_500
TYPES: Final = (
    "JWT",
    "at+jwt",
    "dpop+jwt",
    "logout+jwt",
    "client-authentication+jwt",
    "oauth-authz-req+jwt",
    "software-statement+jwt",
    "token-introspection+jwt",
)


@dataclass(frozen=True)
class Good:
    """A JWT that is right, and the key that signed it."""

    text: str
    signer: Signer

    @cached_property
    def header(self) -> dict[str, Any]:
        return parts(self.text)[0]

    @cached_property
    def claims(self) -> dict[str, Any]:
        return parts(self.text)[1]

    def fresh(self) -> dict[str, Any]:
        """The claims under a name of their own, where the name may be used once."""
        if "jti" not in self.claims or self.header.get("typ") == "at+jwt":  # there it is a handle
            return dict(self.claims)
        return self.claims | {"jti": f"hostile {next(_NUMBERS)}"}

    def signed(self, header: Mapping[str, Any], claims: Mapping[str, Any] | None = None) -> str:
        members = {name: value for name, value in header.items() if value is not None}
        return forge(members, self.fresh() if claims is None else claims, at_once(self.signer))

    def raw(self, header: bytes | None = None, payload: bytes | None = None) -> str:
        return raw(
            json.dumps(self.header).encode() if header is None else header,
            json.dumps(self.fresh()).encode() if payload is None else payload,
            at_once(self.signer),
        )

    def resigned(self) -> str:
        return self.signed(self.header)


def hostile(good: Good) -> dict[str, str]:
    """Every lie about `good`, by name."""
    classes = (unsigned_ones, by_hmac, by_others, headers, types, bombs)
    more = (
        hostile_claims.duplicates,
        spellings,
        shapes,
        hostile_claims.payloads,
        cuts,
        hostile_claims.claims_of_wrong_types,
    )
    return dict(itertools.chain.from_iterable(lies(good) for lies in (*classes, *more)))


def unsigned_ones(good: Good) -> Iterator[Lie]:
    for alg in ("none", "None", "NONE", "nOnE", "", " none"):
        yield (
            f"alg {alg!r}, no signature",
            forge(good.header | {"alg": alg}, good.fresh(), unsigned),
        )
        yield f"alg {alg!r}, a signature", good.signed(good.header | {"alg": alg})
    others: dict[str, Any] = {"missing": None, "a list": ["none"], "a number": 0, "true": True}
    for name, other in others.items():
        yield f"alg {name}", good.signed(good.header | {"alg": other})
    head, payload, _ = good.resigned().split(".")
    yield "an empty signature", f"{head}.{payload}."
    yield "no signature", f"{head}.{payload}"
    yield "a signature of zeros", f"{head}.{payload}.{base64url.encode(bytes(64))}"


def public_forms(signer: Signer) -> dict[str, bytes]:
    """What a confused library takes for an HMAC secret: each spelling of the public key."""
    jwk: dict[str, Any] = dict(signer.public_jwk)
    public: Any = import_key(jwk)
    number = jwk.get("n") or jwk["x"]
    return {
        "PEM": public.as_bytes(encoding="PEM", private=False),
        "PEM without its last line": public.as_bytes(encoding="PEM", private=False).rstrip(b"\n"),
        "DER": public.as_bytes(encoding="DER", private=False),
        "JWK": json.dumps(jwk).encode(),
        "compact JWK": json.dumps(jwk, separators=(",", ":")).encode(),
        "JWKS": json.dumps({"keys": [jwk]}).encode(),
        "number": base64url.decode(number),
        "number as text": number.encode(),
        "kid": signer.kid.encode(),
        "nothing": b"",
    }


def by_hmac(good: Good) -> Iterator[Lie]:
    for form, secret in public_forms(good.signer).items():
        header = good.header | {"alg": "HS256"}
        yield f"HMAC by the public key as {form}", forge(header, good.fresh(), hs256(secret))
    for alg in ("HS384", "HS512"):
        yield f"{alg} by nobody", good.signed(good.header | {"alg": alg})


def by_others(good: Good) -> Iterator[Lie]:
    thief = key(name="a thief's")
    head, payload, signature = good.resigned().split(".")
    swapped = base64url.decode(signature)
    swapped = swapped[len(swapped) // 2 :] + swapped[: len(swapped) // 2]
    _, another, _ = good.signed(good.header, good.fresh() | {"more": 1}).split(".")
    yield "another key by the same kid", forge(good.header, good.fresh(), at_once(thief))
    yield (
        "another key by its own kid",
        forge(good.header | {"kid": thief.kid, "alg": thief.alg}, good.fresh(), at_once(thief)),
    )
    yield "the signature's halves swapped", f"{head}.{payload}.{base64url.encode(swapped)}"
    yield "the signature of another body", f"{head}.{another}.{signature}"
    yield "the signature twice", f"{head}.{payload}.{signature}{signature}"
    der = b"\x30\x44\x02\x20" + swapped[:32] + b"\x02\x20" + swapped[32:64]
    yield "a signature in DER", f"{head}.{payload}.{base64url.encode(der)}"
    for alg in ("RS256", "RS512", "PS256", "ES256", "ES256K", "ES384", "Ed25519", "EdDSA"):
        if alg != good.header["alg"]:
            yield f"said to be {alg}", good.signed(good.header | {"alg": alg})


def headers(good: Good) -> Iterator[Lie]:
    thief, more = key(name="a thief's"), good.header
    embedded = more | {"alg": "ES256", "kid": None, "jwk": dict(thief.public_jwk)}
    members = {name: value for name, value in embedded.items() if value is not None}
    yield "embedded jwk", forge(members, good.fresh(), at_once(thief))
    yield (
        "embedded jwk by the right kid",
        forge({**members, "kid": good.signer.kid}, good.fresh(), at_once(thief)),
    )
    extra: dict[str, dict[str, Any]] = {
        "jku": {"jku": "https://evil.example/jwks"},
        "x5u": {"x5u": "https://evil.example/cert"},
        "x5c": {"x5c": ["MIIB"]},
        "x5t": {"x5t": "AAAA"},
        "crit of a member that is there": {"crit": ["exp"], "exp": 1},
        "crit unknown": {"crit": ["urn:example:unknown"], "urn:example:unknown": True},
        "crit empty": {"crit": []},
        "crit as text": {"crit": "exp"},
        "crit of alg": {"crit": ["alg"]},
        "b64 false": {"b64": False},
        "b64 false and crit": {"b64": False, "crit": ["b64"]},
        "b64 true and crit": {"b64": True, "crit": ["b64"]},
        "zip": {"zip": "DEF"},
        "enc": {"enc": "A256GCM", "zip": "DEF"},
        "kid a number": {"kid": 7},
        "kid a list": {"kid": [good.signer.kid]},
        "kid a path": {"kid": "../../../../etc/passwd"},
        "kid a statement": {"kid": "' OR '1'='1"},
        "kid with NUL": {"kid": good.signer.kid + "\0"},
        "kid long": {"kid": "k" * 4_000},
        "kid of nobody": {"kid": "unknown"},
    }
    for name, changes in extra.items():
        yield name, good.signed(more | changes)


def types(good: Good) -> Iterator[Lie]:
    own = str(good.header.get("typ", "")).lower()
    for typ in TYPES:
        if typ.lower() != own:
            yield f"typ {typ}", good.signed(good.header | {"typ": typ})
    yield "typ missing", good.signed(good.header | {"typ": None})
    yield "typ empty", good.signed(good.header | {"typ": ""})
    yield "typ a list", good.signed(good.header | {"typ": [good.header.get("typ")]})
    yield "typ with a space", good.signed(good.header | {"typ": f"{good.header.get('typ')} "})
    yield "typ of another tree", good.signed(good.header | {"typ": f"text/{own}"})


def bombs(good: Good) -> Iterator[Lie]:
    yield "a header too long", good.signed(good.header | {"cty": "x" * _LONG})
    yield "a payload too long", good.signed(good.header, good.fresh() | {"padding": "x" * _LONG})
    head, payload, signature = good.resigned().split(".")
    yield "a signature too long", f"{head}.{payload}.{signature}{'A' * _LONG}"
    yield "many parts", ".".join([head] * 3_000)
    yield "many dots", "." * 3_000
    deep = b'{"a":' * _DEEP + b"1" + b"}" * _DEEP
    yield "a deep payload", good.raw(payload=deep)
    yield "a deep header", good.raw(header=deep)
    yield "a deep list", good.raw(payload=b"[" * 5_000)
    bomb = zlib.compress(b"0" * 5_000_000, 9)[2:-4]
    zipped = json.dumps(good.header | {"zip": "DEF"}).encode()
    yield "a bomb", good.raw(header=zipped, payload=bomb)
    yield (
        "a number without end",
        good.raw(payload=hostile_claims.with_member(good, b'"exp":1' + b"0" * 5_000)),
    )
    for alg in ("dir", "RSA1_5", "RSA-OAEP", "PBES2-HS256+A128KW"):
        wrapped = {"alg": alg, "enc": "A128GCM", "zip": "DEF", "p2c": 2**31 - 1, "p2s": "AAAA"}
        head = base64url.encode(json.dumps(wrapped).encode())
        yield f"JWE by {alg}", f"{head}..AAAAAAAAAAAAAAAA.{base64url.encode(bomb[:600])}.{'A' * 22}"


def spellings(good: Good) -> Iterator[Lie]:
    """One text, several spellings: what is compared or remembered by its text is then several."""
    head, payload, signature = good.resigned().split(".")
    for place, name in enumerate(("header", "payload", "signature")):
        for lie, bend in _BENT.items():
            bent = [head, payload, signature]
            bent[place] = bend(bent[place])
            if bent[place] in {head, payload, signature}:
                continue
            if place < 2:  # rightly signed all the same
                signing = f"{bent[0]}.{bent[1]}".encode()
                bent[2] = base64url.encode(at_once(good.signer)(signing))
            yield f"{name} {lie}", ".".join(bent)


def _stray(part: str) -> str:
    if len(part) % 4 == 0:  # no bit is spare
        return part
    return part[:-1] + ALPHABET[ALPHABET.index(part[-1]) ^ 1]


_BENT: Final[dict[str, Callable[[str], str]]] = {
    "padded": lambda part: part + "=" * (-len(part) % 4 or 4),
    "with stray bits": _stray,
    "with a tab": lambda part: f"{part[:4]}\t{part[4:]}",
    "with a letter more": lambda part: f"{part}A" if len(part) % 4 == 0 else f"{part}AAAA="[:-1],
    "in another alphabet": lambda part: part.replace("-", "+").replace("_", "/") + "+/==",
    "escaped": lambda part: f"%{ord(part[0]):02X}{part[1:]}",
    "empty": lambda _: "",
}


def shapes(good: Good) -> Iterator[Lie]:
    text = good.resigned()
    head, payload, signature = text.split(".")
    yield "a part more", f"{text}.{signature}"
    yield "an empty part more", f"{text}."
    yield "an empty part before", f".{text}"
    yield "two in one", f"{text},{text}"
    flat = {"protected": head, "payload": payload, "signature": signature}
    yield "flattened JSON", json.dumps(flat)
    yield (
        "general JSON",
        json.dumps(
            {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
        ),
    )
    yield (
        "JSON with the key outside",
        json.dumps(flat | {"header": {"jwk": dict(key(name="a thief's").public_jwk)}}),
    )
    yield "quoted", f'"{text}"'
    yield "an SD-JWT", f"{text}~"
    yield "a JWT inside", good.raw(payload=text.encode())
    yield "no JWT", "token"


def cuts(good: Good, samples: int = _SAMPLES) -> Iterator[Lie]:
    text = good.resigned()
    dots = [place for place, letter in enumerate(text) if letter == "."]
    ends = {*range(0, len(text), len(text) // samples), *dots, *(d + 1 for d in dots)}
    for end in sorted(ends | {len(text) - 1, len(text) - 2}):
        yield f"cut at {end}", text[:end]
    for start in range(1, len(text), len(text) // samples):
        yield f"from {start} on", text[start:]
    for place in range(3, len(text), len(text) // samples):
        if text[place] != ".":
            other = "A" if text[place] != "A" else "B"
            yield f"changed at {place}", text[:place] + other + text[place + 1 :]
    yield "in upper case", text.upper()
