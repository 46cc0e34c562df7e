"""Files that are sealed as they should be, and yet hold what they should not."""

import json
from datetime import date
from pathlib import Path

import pytest

from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import Algorithm
from idp.keystore.errors import KeyFileForeignError, KeyFileMalformedError, KeystoreError
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import Manifest, SecretKeyFile, SigningKeyFile, WrapBroken, Wrapper
from idp.keystore.signing import generate, signer_for, to_der
from tests.support.time import SeededEntropy

ENTROPY = SeededEntropy(11)
TODAY = date(2026, 1, 1)


def add(
    folder: Path, wrapping_key: bytes, file: SigningKeyFile | SecretKeyFile, key: bytes
) -> Path:
    """Seal one more file into a store, as whoever holds the wrapping key could."""
    wrapper, path = Wrapper(wrapping_key), folder / file.name
    old = Manifest.model_validate_json((folder / "keystore.json").read_bytes())
    sealed = file.model_copy(update={"store": old.store}).sealed(wrapper, key, ENTROPY)
    path.touch(mode=0o600)
    path.write_bytes(sealed.to_bytes())
    names = sorted({*old.files, path.name})
    manifest = Manifest(store=old.store, files=names, wrapped="").sealed(wrapper, b"", ENTROPY)
    (folder / "keystore.json").write_bytes(manifest.to_bytes())
    return path


def signing_file(alg: Algorithm, kid: str, created: date = TODAY) -> SigningKeyFile:
    return SigningKeyFile(store="0" * 32, wrapped="", alg=alg, kid=kid, created=created)


def secret_file(version: int) -> SecretKeyFile:
    return SecretKeyFile(
        store="0" * 32, wrapped="", domain=SecretDomain.LINK, version=version, created=TODAY
    )


def refusal(folder: Path, wrapping_key: bytes) -> KeystoreError:
    with pytest.raises(KeystoreError) as raised:
        FileKeystore.open(folder, wrapping_key)
    return raised.value


@pytest.mark.spec("RFC 7638 §3")
def test_a_key_under_anothers_thumbprint_is_refused(folder: Path, wrapping_key: bytes):
    path = add(folder, wrapping_key, signing_file("ES256", "A" * 43), to_der(generate("ES256")))
    error = refusal(folder, wrapping_key)
    assert isinstance(error, KeyFileForeignError)
    assert str(path) in str(error)
    assert "thumbprint" in str(error)


@pytest.mark.parametrize("key", [b"", b"canary, which is no PKCS #8", bytes(200)])
def test_what_is_no_private_key_is_refused_and_not_quoted(
    folder: Path, wrapping_key: bytes, key: bytes
):
    path = add(folder, wrapping_key, signing_file("ES256", "A" * 43), key)
    error = refusal(folder, wrapping_key)
    assert isinstance(error, KeyFileMalformedError)
    assert str(path) in str(error)
    assert "canary" not in str(error)


def test_a_key_of_another_algorithm_is_refused(folder: Path, wrapping_key: bytes):
    add(folder, wrapping_key, signing_file("ES256", "A" * 43), to_der(generate("RS256")))
    assert isinstance(refusal(folder, wrapping_key), KeyFileMalformedError)


def test_a_second_signing_key_comes_after_the_older_one(folder: Path, wrapping_key: bytes):
    key = generate("ES256")
    newer = signer_for("ES256", key).kid
    add(folder, wrapping_key, signing_file("ES256", newer, date(2999, 1, 1)), to_der(key))
    opened = FileKeystore.open(folder, wrapping_key).signers()
    assert [signer.alg for signer in opened] == ["RS256", "PS256", "ES256", "ES256", "Ed25519"]
    assert opened[3].kid == newer


def test_a_second_version_of_a_secret_is_read_too(folder: Path, wrapping_key: bytes):
    add(folder, wrapping_key, secret_file(2), bytes(range(32)))
    opened = FileKeystore.open(folder, wrapping_key).secret(SecretDomain.LINK)
    assert (opened.active, opened.versions[2]) == (1, bytes(range(32)))


def test_a_secret_of_another_length_is_refused(folder: Path, wrapping_key: bytes):
    add(folder, wrapping_key, secret_file(1), bytes(31))
    assert isinstance(refusal(folder, wrapping_key), KeyFileMalformedError)


@pytest.mark.spec("NIST SP 800-38D §8.2.2")
def test_one_key_wrapped_twice_shares_no_ciphertext(wrapping_key: bytes):
    wrapper = Wrapper(wrapping_key)
    first, second = (wrapper.wrap(b"key", b"head", ENTROPY) for _ in range(2))
    assert first[:16] != second[:16]
    assert first[16:] != second[16:]
    assert wrapper.unwrap(first, b"head") == wrapper.unwrap(second, b"head") == b"key"
    with pytest.raises(WrapBroken):
        wrapper.unwrap(first, b"other head")


def test_a_printed_file_shows_no_wrapped_value(folder: Path):
    for path in folder.glob("secret-*.json"):
        wrapped = json.loads(path.read_bytes())["wrapped"]
        assert wrapped not in repr(SecretKeyFile.model_validate_json(path.read_bytes()))


def test_which_key_of_a_token_wraps_is_part_of_what_is_sealed():
    wrapper, entropy = Wrapper(SeededEntropy(42).bytes(32)), SeededEntropy(3)
    ids = [None, "0" * 32, "1" * 32]
    for token_key in ids:
        listing = Manifest(store="2" * 32, wrapped="", token_key=token_key, files=["one"])
        sealed = listing.sealed(wrapper, b"", entropy)
        assert sealed.opened(wrapper) == b""
        for other in ids:
            if other != token_key:
                with pytest.raises(WrapBroken):
                    sealed.model_copy(update={"token_key": other}).opened(wrapper)
