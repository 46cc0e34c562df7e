"""One way to ask before something is taken away, whatever the command."""

import io
import sys
from collections.abc import Callable

import pytest

from idp.cli.asking import agreed
from idp.cli.failure import Failure

Answer = Callable[[str], None]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Answer:
    def answer(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(text))

    return answer


def ask(*, yes: bool = False, dry_run: bool = False) -> bool:
    return agreed("Remove it?", effect="It goes.", yes=yes, dry_run=dry_run)


def test_a_person_is_told_the_effect_and_asked(
    at_terminal: Answer, capsys: pytest.CaptureFixture[str]
):
    at_terminal("y\n")
    assert ask()
    told = capsys.readouterr()
    assert "It goes." in told.err
    assert "Remove it?" in told.err
    assert told.out.strip() == "", "the question is no part of the result"


def test_a_no_changes_nothing(at_terminal: Answer):
    at_terminal("\n")
    with pytest.raises(Failure, match="nothing was changed") as refused:
        ask()
    assert (refused.value.exit_code, refused.value.code) == (1, "not_confirmed")


def test_a_pipe_full_of_yes_is_no_yes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 9))
    with pytest.raises(Failure, match="give --yes"):
        ask()


def test_yes_asks_nobody_and_a_dry_run_wins_over_it(capsys: pytest.CaptureFixture[str]):
    assert ask(yes=True)
    assert not ask(yes=True, dry_run=True)
    assert not ask(dry_run=True)
    assert capsys.readouterr() == ("", "")
