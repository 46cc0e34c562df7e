import json
from pathlib import Path

import pytest

from idp.cli import serve_command
from tests.cli.conftest import Idp


def test_the_help_names_every_command_and_exit_code(idp: Idp):
    told = idp("--help")

    assert told.code == 0
    for word in ("init", "serve", "migrate", "demo", "clients", "130 interrupted"):
        assert word in told.out


def test_a_wrong_command_line_has_a_code_of_its_own(idp: Idp):
    assert idp("serve", "--prot", "8000").code == 2


@pytest.mark.parametrize("as_json", [False, True])
def test_a_mistake_is_one_line_that_holds_no_text_of_the_error(
    idp: Idp, monkeypatch: pytest.MonkeyPatch, as_json: bool
):
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(serve_command, "command", lambda *_, **__: broken())

    failed = idp("serve", *(["--json"] if as_json else []))

    assert failed.code == 70
    assert failed.err.count("\n") == 1
    assert "ZeroDivisionError at test_main.py" in failed.err
    assert "a secret" not in failed.err
    assert not as_json or json.loads(failed.err)["error"] == "mistake"


def test_ctrl_c_is_no_traceback(idp: Idp, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serve_command, "command", interrupted)

    stopped = idp("serve")

    assert (stopped.code, stopped.err) == (130, "")


def test_without_a_home_the_command_that_makes_one_is_named(idp: Idp):
    lost = idp("clients", "list")

    assert lost.code == 3
    assert "idp init DIR" in lost.err


def test_what_a_command_makes_is_its_owners_alone(tmp_path: Path, idp: Idp):
    idp("init", tmp_path / "new")

    assert (tmp_path / "new" / "provider.sqlite3").stat().st_mode & 0o077 == 0
