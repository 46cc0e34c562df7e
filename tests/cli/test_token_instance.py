"""An instance whose keys are in a PKCS#11 token, by its commands."""

import sys
from pathlib import Path

import pytest
from pkcs11 import Attribute, ObjectClass

from idp.keystore.token import Token
from idp.keystore.token_session import Opened
from tests.cli.conftest import Idp
from tests.support.softhsm import PIN, SoftHsm


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    file = tmp_path / "token.pin"
    file.touch(mode=0o600)
    file.write_text(f"{PIN}\n", encoding="utf-8")
    return file


@pytest.fixture
def label(softhsm: SoftHsm) -> str:
    return softhsm.new_token()


@pytest.fixture
def where(softhsm: SoftHsm, label: str, pin_file: Path) -> tuple[str | Path, ...]:
    module = ("--pkcs11-module", softhsm.module, "--pkcs11-token", label)
    return (*module, "--pkcs11-pin-file", pin_file)


def keys_in(token: Token) -> int:
    def count(opened: Opened) -> int:
        kinds = (ObjectClass.PRIVATE_KEY, ObjectClass.SECRET_KEY)
        return sum(len(list(opened.session.get_objects({Attribute.CLASS: one}))) for one in kinds)

    return token._do(count)


def test_an_instance_is_made_with_its_keys_in_a_token_and_leads_them_there(
    tmp_path: Path,
    idp: Idp,
    where: tuple[str | Path, ...],
    label: str,
    monkeypatch: pytest.MonkeyPatch,
):
    home = tmp_path / "instance"
    made = idp("init", home, "--issuer", "https://id.example", *where)
    assert made.code == 0, made.err
    assert label in made.out
    assert "Back the token up" in made.out
    assert not (home / "wrapping.key").exists()

    staged = idp("keys", "stage", "--alg", "Ed25519", "--home", home, "--json")
    listed = idp("keys", "list", "--home", home, "--json")
    assert (staged.code, listed.code) == (0, 0), staged.err + listed.err
    assert {key["alg"] for key in listed.json} == {"RS256", "ES256", "Ed25519"}
    assert staged.json["kid"] in {key["kid"] for key in listed.json}
    monkeypatch.setenv("IDP_KEYSTORE", "files")
    elsewhere = idp("keys", "list", "--home", home, "--json")
    assert elsewhere.code == 3
    assert "token_elsewhere" in elsewhere.err

    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert PIN.encode() not in everything


def test_a_wrong_pin_is_told_by_its_code_and_not_shown(
    tmp_path: Path,
    idp: Idp,
    where: tuple[str | Path, ...],
    pin_file: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    pin_file.write_text("canary-wrong\n", encoding="utf-8")
    refused = idp("init", tmp_path / "instance", *where, "--json")
    assert refused.code == 3
    assert "token_pin_refused" in refused.err
    assert "canary" not in refused.err + refused.out
    assert not (tmp_path / "instance").exists()

    monkeypatch.setenv("IDP_PKCS11_PIN", PIN)
    assert "pin_ambiguous" in idp("init", tmp_path / "instance", *where, "--json").err
    made = idp("init", tmp_path / "instance", *where[:4], "--json")
    assert made.code == 0, made.err


def test_making_that_fails_leaves_no_key_in_the_token(
    tmp_path: Path, idp: Idp, where: tuple[str | Path, ...], softhsm: SoftHsm, label: str
):
    nowhere = f"postgresql://nobody@/none?host={tmp_path / 'none'}"
    failed = idp("init", tmp_path / "instance", *where, "--database-url", nowhere, "--json")
    assert failed.code != 0
    assert "database_unavailable" in failed.err
    assert keys_in(Token(softhsm.module, label, PIN)) == 0


def test_a_machine_without_the_package_is_told_what_to_run(
    tmp_path: Path, idp: Idp, where: tuple[str | Path, ...], monkeypatch: pytest.MonkeyPatch
):
    for name in [one for one in sys.modules if one.split(".")[0] == "pkcs11"]:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    for name in ("pkcs11", "token", "token_session", "token_keys"):
        monkeypatch.delitem(sys.modules, f"idp.keystore.{name}", raising=False)
    monkeypatch.delattr("idp.keystore.pkcs11", raising=False)
    refused = idp("init", tmp_path / "instance", *where, "--json")
    assert refused.code == 3
    assert "token_package_missing" in refused.err
    assert "make extras" in refused.err


def test_a_token_is_named_whole_or_not_at_all(
    tmp_path: Path, idp: Idp, where: tuple[str | Path, ...]
):
    refused = idp("init", tmp_path / "instance", *where[:2], "--json")
    assert refused.code == 3
    assert "IDP_PKCS11_TOKEN" in refused.err
