import base64
from pathlib import Path

import pytest

from idp.keystore.errors import (
    KeystoreExistsError,
    PermissionsTooLooseError,
    WrappingKeyAmbiguousError,
    WrappingKeyMalformedError,
    WrappingKeyMissingError,
)
from idp.keystore.wrapping import new_wrapping_key, read_wrapping_key, write_wrapping_key
from tests.support.time import SeededEntropy

KEY = SeededEntropy().bytes(32)
TEXT = base64.urlsafe_b64encode(KEY).rstrip(b"=").decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "wrapping.key"


def test_a_new_key_is_32_bytes_of_the_given_entropy_as_43_characters():
    assert new_wrapping_key(SeededEntropy()) == TEXT
    assert len(TEXT) == 43


@pytest.mark.parametrize("value", [TEXT, TEXT + "=", f" {TEXT}\n"])
def test_the_key_is_read_from_the_environments_value(value: str):
    assert read_wrapping_key(value, None) == KEY


def test_the_key_is_read_from_its_file(file: Path):
    assert write_wrapping_key(file, SeededEntropy()) == KEY
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_wrapping_key(None, file) == KEY
    assert read_wrapping_key("", file) == KEY


def test_the_file_may_be_a_link_as_secret_mounts_make_them(file: Path, tmp_path: Path):
    write_wrapping_key(tmp_path / "real.key", SeededEntropy())
    file.symlink_to(tmp_path / "real.key")
    assert read_wrapping_key(None, file) == KEY


def test_a_link_hides_no_loose_permissions(file: Path, tmp_path: Path):
    real = tmp_path / "real.key"
    write_wrapping_key(real, SeededEntropy())
    real.chmod(0o644)
    file.symlink_to(real)
    with pytest.raises(PermissionsTooLooseError):
        read_wrapping_key(None, file)


def test_a_key_file_is_never_written_over(file: Path):
    write_wrapping_key(file, SeededEntropy(1))
    before = file.read_bytes()
    with pytest.raises(KeystoreExistsError, match="left as it is"):
        write_wrapping_key(file, SeededEntropy(2))
    assert file.read_bytes() == before


def test_a_key_given_twice_is_refused(file: Path):
    write_wrapping_key(file, SeededEntropy())
    with pytest.raises(WrappingKeyAmbiguousError, match="leave one of them out"):
        read_wrapping_key(TEXT, file)


@pytest.mark.parametrize("value", [None, ""])
def test_no_key_at_all_is_refused_with_what_to_do(value: str | None, file: Path):
    with pytest.raises(WrappingKeyMissingError, match="set IDP_WRAPPING_KEY; `idp init` makes one"):
        read_wrapping_key(value, None)
    with pytest.raises(WrappingKeyMissingError, match="is not there"):
        read_wrapping_key(value, file)


@pytest.mark.parametrize(
    "value",
    [
        "canary",
        TEXT[:-1],
        TEXT + "A",
        TEXT[:-1] + "\u00e9",
        "+" + TEXT[1:],
        TEXT[:20] + "\n" + TEXT[20:],
        KEY.hex(),
        # Placeholders that were never replaced.
        "A" * 43,
        base64.urlsafe_b64encode(b"canary-canary-canary-canary-cana").decode(),
    ],
)
def test_what_is_no_random_key_is_refused_and_not_quoted(value: str, file: Path):
    file.touch(mode=0o600)
    file.write_text(value, encoding="utf-8")
    for arguments, source in (((value, None), "IDP_WRAPPING_KEY"), ((None, file), str(file))):
        with pytest.raises(WrappingKeyMalformedError, match=source) as raised:
            read_wrapping_key(*arguments)
        assert value not in str(raised.value)
        assert "canary" not in repr(raised.value)


def test_a_file_that_is_no_text_is_refused(file: Path):
    file.touch(mode=0o600)
    file.write_bytes(bytes(range(128, 160)))
    with pytest.raises(WrappingKeyMalformedError):
        read_wrapping_key(None, file)
