"""The one door for JOSE: what we sign, and every hostile token that it keeps out."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import base64url
from idp.protocol import jose
from tests.support.jwt import (
    at_once,
    forge,
    hs256,
    jwks,
    key,
    okp_jwk,
    parts,
    ps256,
    raw,
    rsa_key,
    signed,
    unsigned,
)

RSA, EC = key("RS256"), key("ES256")
KEYS = jose.PublicKeys(jwks(RSA, EC))
CLAIMS = {"iss": "https://id.example", "sub": "x"}
BOTH = ("RS256", "ES256")
PEM = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def refused(token: str, *, keys: jose.PublicKeys = KEYS, algs: tuple[str, ...] = BOTH) -> str:
    """Why a token is refused; fails when it is accepted."""
    with pytest.raises(jose.JwtRefused) as error:
        jose.verify(token, keys, algs=algs, typs=("jwt",))
    return error.value.reason


@pytest.mark.spec("RFC 7515 §3.1")
@pytest.mark.parametrize("signer", [RSA, EC], ids=lambda signer: signer.alg)
async def test_what_we_sign_verifies_and_says_its_type(signer: Any):
    token = await jose.sign(signer, CLAIMS, typ="at+jwt")
    assert parts(token)[0] == {"alg": signer.alg, "typ": "at+jwt", "kid": signer.kid}
    found = jose.verify(token, KEYS, algs=(signer.alg,), typs=("at+jwt",))
    assert (found.claims, found.header["kid"]) == (CLAIMS, signer.kid)


@pytest.mark.spec("RFC 7515 §Appendix A.3")
def test_the_published_es256_example_verifies():
    """As published, but for its header, which has no type: ours always have one."""
    public = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    token = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    keys = jose.PublicKeys({"keys": [public]})
    found = jose.verify(token, keys, algs=("ES256",), typs=(None,))
    assert found.claims["iss"] == "joe"
    assert refused(token, keys=keys, algs=("ES256",)) == "type not expected"


def good(**header: Any) -> str:
    return signed(EC, CLAIMS, **header)


def cut(token: str, part: int, edit: Callable[[str], str]) -> str:
    pieces = token.split(".")
    pieces[part] = edit(pieces[part])
    return ".".join(pieces)


def text_of(header: str, payload: str = "{}") -> str:
    return raw(header.encode(), payload.encode(), at_once(EC))


HOSTILE: dict[str, str] = {
    # RFC 8725 §2.1, §3.1: the algorithm is not the token's to choose.
    "none": forge({"alg": "none", "typ": "JWT"}, CLAIMS, unsigned) + "AA",
    "none without signature": forge({"alg": "none", "typ": "JWT"}, CLAIMS, unsigned),
    "None": forge({"alg": "None", "typ": "JWT"}, CLAIMS, unsigned) + "AA",
    "no alg": forge({"typ": "JWT", "kid": EC.kid}, CLAIMS, at_once(EC)),
    "HS256 with the public JWK": forge(
        {"alg": "HS256", "typ": "JWT", "kid": RSA.kid},
        CLAIMS,
        hs256(json.dumps(dict(RSA.public_jwk)).encode()),
    ),
    "HS256 with the modulus": forge(
        {"alg": "HS256", "typ": "JWT", "kid": RSA.kid}, CLAIMS, hs256(RSA.public_jwk["n"].encode())
    ),
    "HS256 with the PEM": forge({"alg": "HS256", "typ": "JWT"}, CLAIMS, hs256(PEM)),
    "HS256 with nothing": forge({"alg": "HS256", "typ": "JWT"}, CLAIMS, hs256(b"")),
    "another family under our kid": signed(RSA, CLAIMS, alg="ES256", kid=EC.kid),
    "PS256 under an RS256 key": forge(
        {"alg": "PS256", "typ": "JWT", "kid": RSA.kid}, CLAIMS, ps256(rsa_key())
    ),
    "ES384": good(alg="ES384"),
    "alg in an array": good(alg=["ES256"]),
    "alg in lower case": good(alg="es256"),
    # Keys come from us, never from the token.
    "jwk": good(jwk=dict(EC.public_jwk)),
    "stranger with jwk": signed(key("ES256", "x"), CLAIMS, jwk=dict(key("ES256", "x").public_jwk)),
    "jku": good(jku="https://evil.example/jwks"),
    "x5u": good(x5u="https://evil.example/cert"),
    "x5c": good(x5c=["MIIB"]),
    "x5t": good(x5t="x"),
    "stranger": signed(key("ES256", "x"), CLAIMS),
    "stranger under our kid": signed(key("ES256", "x"), CLAIMS, kid=EC.kid),
    "unknown kid": good(kid="unknown"),
    "no kid among several": good(kid=None),
    "kid of the other key": good(kid=RSA.kid),
    "kid with a path": good(kid="../../keys/" + EC.kid),
    "kid as number": good(kid=1),
    "empty kid": good(kid=""),
    # Extensions that change what is signed.
    "crit": good(crit=["exp"], exp=1),
    "empty crit": good(crit=[]),
    "b64 false": forge(
        {"alg": "ES256", "typ": "JWT", "kid": EC.kid, "b64": False, "crit": ["b64"]},
        CLAIMS,
        at_once(EC),
    ),
    "b64 without crit": good(b64=False),
    "zip": good(zip="DEF"),
    "encryption": good(enc="A256GCM", epk={}),
    "unknown member": good(foo="bar"),
    # Types.
    "no type": good(typ=None),
    "another type": good(typ="at+jwt"),
    "type with blanks": good(typ="JWT "),
    "type as number": good(typ=1),
    # Two readers, two meanings.
    "header member twice": text_of(f'{{"alg":"none","alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}'),
    "claim twice": text_of(
        f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', '{"sub":"a","sub":"b"}'
    ),
    "claim deep inside twice": text_of(
        f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', '{"a":{"b":1,"b":2}}'
    ),
    "payload is no object": text_of(f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', '["sub"]'),
    "payload is no JSON": text_of(f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', "sub"),
    "payload holds NaN": text_of(f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', '{"a":NaN}'),
    "deeply nested": text_of(
        f'{{"alg":"ES256","typ":"JWT","kid":"{EC.kid}"}}', '{"a":' + "[" * 9000
    ),
    "header is no object": text_of('["ES256"]'),
    "header is no JSON": text_of("ES256"),
    "header in another encoding": raw('{"alg":"ES256"}'.encode("utf-16"), b"{}", at_once(EC)),
    # Sizes and spellings.
    "oversized": signed(EC, CLAIMS | {"x": "x" * jose.MAX_JWT}),
    "oversized header": good(kid="k" * jose.MAX_JWT),
    "empty": "",
    "dots": "..",
    "two parts": good().rpartition(".")[0],
    "four parts": good() + ".x",
    "five parts": good() + ".x.y",
    "blank in front": " " + good(),
    "line break behind": good() + "\n",
    "padding": good() + "==",
    "signature cut": good()[:-1],
    "signature longer": good() + "AA",
    "signature empty": cut(good(), 2, lambda _: ""),
    "signature of zeros": cut(good(), 2, lambda _: base64url.encode(bytes(64))),
    "signature of another token": cut(good(), 2, lambda _: signed(EC, {}).rpartition(".")[2]),
    "signature in DER": cut(
        good(), 2, lambda s: base64url.encode(b"\x30\x44\x02\x20" + base64url.decode(s))
    ),
    "payload changed": cut(good(), 1, lambda _: base64url.encode(b'{"sub":"evil"}')),
    "payload empty": cut(good(), 1, lambda _: ""),
    "standard alphabet": cut(good(), 2, lambda _: base64.b64encode(b"\xfb\xff" * 32).decode()),
    "not ASCII": "é.é.é",
    "JSON serialisation": json.dumps({"payload": "", "signatures": []}),
}


@pytest.mark.spec("RFC 8725 §3.1")
@pytest.mark.spec("RFC 8725 §3.2")
@pytest.mark.spec("RFC 8725 §3.10")
@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.spec("RFC 7515 §4.1.11")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_token_is_refused(kind: str):
    assert refused(HOSTILE[kind])


def test_the_same_token_without_the_lie_is_accepted():
    """Or the table above would prove nothing."""
    for token in (good(), good(typ="application/JWT"), signed(RSA, CLAIMS), good(cty="x")):
        assert jose.verify(token, KEYS, algs=BOTH, typs=("jwt",)).claims == CLAIMS


@pytest.mark.spec("RFC 8725 §3.1")
def test_an_algorithm_that_is_not_expected_here_is_refused():
    assert refused(signed(RSA, CLAIMS), algs=("ES256",)) == "algorithm not expected"
    assert refused(good(), algs=("RS256",)) == "algorithm not expected"


@pytest.mark.parametrize("alg", ["none", "HS256", "HS512", "RS1", "dir"])
def test_even_a_mistake_of_ours_does_not_let_a_symmetric_algorithm_in(alg: str):
    token = forge({"alg": alg, "typ": "JWT"}, CLAIMS, hs256(b"x"))
    assert refused(token, algs=(alg, *BOTH)) == "algorithm not expected"


def test_a_single_key_needs_no_kid():
    alone = jose.PublicKeys(jwks(EC))
    assert jose.verify(good(kid=None), alone, algs=BOTH, typs=("jwt",)).claims == CLAIMS
    assert refused(good(kid="another"), keys=alone) == "unknown kid"


@pytest.mark.spec("RFC 7518 §3.3")
@pytest.mark.spec("RFC 7518 §6")
@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        {},
        "x",
        [7],
        [[]],
        [{}],
        [{"kty": "oct", "k": "c2VjcmV0"}],
        [dict(EC.public_jwk) | {"d": "AA"}],
        [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}],
        [{"kty": "EC", "crv": "P-256", "x": EC.public_jwk["x"], "y": EC.public_jwk["x"]}],
        [{"kty": "RSA", "n": "AQ", "e": "AQAB"}],
        [{"kty": "RSA", "e": "AQAB"}],
        [{"kty": "RSA", "n": 65537, "e": "AQAB"}],
        [{"kty": "RSA", "n": "A" * 171, "e": "AQAB"}],
        [{"kty": []}],
        [{"kty": "EC", "crv": {}, "x": "AA", "y": "AA"}],
        [dict(EC.public_jwk) | {"kid": 7}],
        [dict(EC.public_jwk), {"kty": "oct", "k": "AA"}],
    ],
    ids=map(str, itertools.count()),  # keys are drawn anew in each process: no text is stable
)
def test_what_is_no_set_of_public_signing_keys_is_refused(keys: Any):
    with pytest.raises(jose.JwtRefused):
        jose.PublicKeys({"keys": keys})


@pytest.mark.spec("RFC 7518 §3.3")
def test_an_rsa_key_that_is_too_short_is_refused():
    short = {"kty": "RSA", "n": base64url.encode(b"\x80" + b"\x01" * 127), "e": "AQAB"}
    with pytest.raises(jose.JwtRefused, match="2048"):
        jose.PublicKeys({"keys": [short]})


@pytest.mark.parametrize("use", [{"use": "enc"}, {"key_ops": ["encrypt"], "use": None}])
def test_a_key_for_encryption_verifies_nothing(use: dict[str, Any]):
    published = {k: v for k, v in (dict(EC.public_jwk) | use).items() if v is not None}
    assert refused(good(), keys=jose.PublicKeys({"keys": [published]}))


def test_a_key_for_encryption_hides_no_key_of_the_same_name():
    other = dict(EC.public_jwk) | {"use": "enc"}
    both = jose.PublicKeys({"keys": [other, dict(EC.public_jwk)]})
    assert jose.verify(good(), both, algs=BOTH, typs=("jwt",)).claims == CLAIMS


def test_a_key_on_another_curve_verifies_nothing():
    private = ec.generate_private_key(ec.SECP384R1())
    numbers = private.public_key().public_numbers()
    x, y = (base64url.encode(n.to_bytes(48, "big")) for n in (numbers.x, numbers.y))
    keys = jose.PublicKeys({"keys": [{"kty": "EC", "crv": "P-384", "x": x, "y": y, "kid": "k"}]})

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")

    assert refused(forge({"alg": "ES256", "kid": "k", "typ": "JWT"}, CLAIMS, sign), keys=keys)


@pytest.mark.spec("RFC 8725 §3.1")
def test_ed25519_is_read_from_clients():
    private = ed25519.Ed25519PrivateKey.generate()
    keys = jose.PublicKeys({"keys": [okp_jwk(private, "k")]})
    token = forge({"alg": "Ed25519", "kid": "k", "typ": "JWT"}, CLAIMS, private.sign)
    assert jose.verify(token, keys, algs=jose.ASYMMETRIC, typs=("jwt",)).claims == CLAIMS


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,30}(\.[A-Za-z0-9_-]{0,30}){0,4}"))
def test_no_text_raises_anything_but_a_refusal(token: str):
    assert refused(token)
    with pytest.raises(jose.JwtRefused):
        jose.unverified_claims(token + ".")


GOOD = good()


@given(st.integers(0, len(GOOD) - 1), st.characters(max_codepoint=127))
def test_no_token_with_another_character_is_accepted(place: int, character: str):
    changed = GOOD[:place] + character + GOOD[place + 1 :]
    assert changed == GOOD or refused(changed)
