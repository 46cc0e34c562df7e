from pathlib import Path

import pytest

from idp.keystore.errors import PermissionsTooLooseError, PinAmbiguousError, PinMissingError
from idp.keystore.pin import read_pin

CANARY = "canary-pin"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token.pin"
    path.touch(mode=0o600)
    path.write_text(f"{CANARY}\n", encoding="utf-8")
    return path


def test_a_pin_comes_from_the_environment_or_from_a_file(file: Path, tmp_path: Path):
    assert read_pin(CANARY, None) == CANARY
    assert read_pin(None, file) == CANARY
    assert read_pin("", file) == CANARY
    (tmp_path / "link").symlink_to(file)  # as secret mounts make them
    assert read_pin(None, tmp_path / "link") == CANARY
    file.write_text(" 12 34 ", encoding="utf-8")
    assert read_pin(None, file) == " 12 34 "


def test_a_pin_given_twice_is_refused(file: Path):
    with pytest.raises(PinAmbiguousError, match="leave one of them out") as refused:
        read_pin(CANARY, file)
    assert CANARY not in str(refused.value)


def test_no_pin_is_refused_with_what_to_do(file: Path, tmp_path: Path):
    with pytest.raises(PinMissingError, match="IDP_PKCS11_PIN_FILE"):
        read_pin(None, None)
    with pytest.raises(PinMissingError, match="is not there"):
        read_pin(None, tmp_path / "none")
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(PinMissingError, match="is empty"):
        read_pin(None, file)


def test_a_pin_that_others_may_read_is_refused(file: Path):
    file.chmod(0o640)
    with pytest.raises(PermissionsTooLooseError, match="chmod 600") as refused:
        read_pin(None, file)
    assert CANARY not in str(refused.value)
