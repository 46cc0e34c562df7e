"""Heads as notes: what others write and read, and every lie about one."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.protocol import tree_head
from idp.protocol.tree_head import HeadRefused, TreeHead

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)).public_key().public_bytes_raw()
HEAD = TreeHead("id.example/transparency", 17, bytes(range(32)), 1_767_225_600)
NOTE = tree_head.signed(HEAD, {PUBLIC: KEY.sign(HEAD.text.encode())})
# The key and the signature that the package of Go's checksum database has in its documentation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@pytest.mark.spec("C2SP tlog-checkpoint §Note text")
def test_a_head_is_a_checkpoint_in_a_signed_note():
    assert NOTE.splitlines()[:5] == [
        *("id.example/transparency", "17", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        *("time 1767225600", ""),
    ]
    assert NOTE.splitlines()[5].startswith("— id.example/transparency ")
    assert NOTE.endswith("\n")
    assert tree_head.read(NOTE, [OTHER, PUBLIC]) == HEAD == tree_head.parse(NOTE)


@pytest.mark.spec("C2SP signed-note §Ed25519 signatures")
def test_a_verifier_key_is_written_as_others_write_it():
    public_key = tree_head.read_verifier_key(GO_KEY)
    assert tree_head.verifier_key("PeterNeumann", public_key) == GO_KEY
    own = tree_head.verifier_key(HEAD.origin, PUBLIC)
    assert tree_head.read_verifier_key(f" {own}\n") == PUBLIC


@pytest.mark.parametrize(
    "key", ["", "a+b+c", GO_KEY[:-4], GO_KEY.replace("c74f", "c74e"), "x" + GO_KEY, "é+1+AQ=="]
)
def test_what_is_no_verifier_key_is_refused(key: str):
    with pytest.raises(HeadRefused):
        tree_head.read_verifier_key(key)


@pytest.mark.spec("C2SP signed-note §Signatures")
def test_signatures_of_witnesses_are_passed_over():
    lines = "— witness.example AAAAAQ==\n— id.example/transparency AAAAAQ==\n"
    assert tree_head.read(NOTE + lines, [PUBLIC]) == HEAD


LIES = {
    "another size": NOTE.replace("\n17\n", "\n18\n"),
    "another time": NOTE.replace("time 1767225600", "time 1767225601"),
    "another root": NOTE.replace("AAECAwQF", "AAECAwQG"),
    "another origin": NOTE.replace("id.example", "id2.example"),
    "a size with a zero before it": NOTE.replace("\n17\n", "\n017\n"),
    "one more line": NOTE.replace("time 1767225600\n", "time 1767225600\nmore\n"),
    "no time": NOTE.replace("time 1767225600\n", ""),
    "no signature": NOTE.partition("\n\n")[0] + "\n\n",
    "no note": "",
    "spoiled signature": NOTE[:-5] + "AA==\n",
    "a line that is no signature": NOTE + "hello\n",
    "Base64 that is none": NOTE + "— id.example/transparency A===\n",
    "a second one of ours that is wrong": NOTE + NOTE.splitlines()[5][:-6] + "AAAA==\n",
    "Windows": NOTE.replace("\n", "\r\n"),
    "longer than any": NOTE + "— witness.example AAAAAQ==\n" * 4000,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused(lie: str):
    assert lie != NOTE
    with pytest.raises(HeadRefused):
        tree_head.read(lie, [PUBLIC])


def test_a_key_that_is_not_known_counts_for_nothing():
    for keys in ([], [OTHER]):
        with pytest.raises(HeadRefused, match="no key that is known"):
            tree_head.read(NOTE, keys)


def test_our_signature_under_another_name_counts_for_nothing():
    with pytest.raises(HeadRefused, match="no key that is known"):
        tree_head.read(NOTE.replace("— id.example/transparency", "— witness.example"), [PUBLIC])


@pytest.mark.parametrize(
    ("issuer", "origin"),
    [
        ("https://id.example", "id.example/transparency"),
        ("https://id.example/a+b/", "id.example/a%2Bb/transparency"),
        ("http://localhost:8000", "localhost:8000/transparency"),
    ],
)
def test_the_origin_is_the_address_without_scheme(issuer: str, origin: str):
    assert tree_head.origin(issuer) == origin
