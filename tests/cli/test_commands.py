"""What goes for every command: it explains itself, and nothing is changed or taken away lightly."""

from typing import Any, Final

import pytest

from tests.support.command_shapes import SHAPES
from tests.support.commands import TARGET, every, render

COMMANDS: Final = dict(every())
LOOKS_ONLY: Final = {
    *("clients list", "clients show", "operators list", "people show"),
    *("keys list", "keys secrets", "keys plan", "keys verify", "keys rehearse"),
    *("audit tail", "audit verify", "audit export", "migrate status", "doctor"),
}
OTHERWISE: Final = {
    "demo": "has an instance of its own",
    "init": "makes a new folder, or nothing",
    "serve": "changes nothing by itself",
    "migrate": "has --check",
    "backup": "changes nothing of the instance",
    "restore": "has --verify",
}
TAKES_AWAY: Final = {
    *("clients remove", "clients disable", "clients rotate-secret", "clients apply"),
    *("operators remove", "operators disable", "keys remove", "keys rotate-secret", "restore"),
}


def names(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts}


def test_the_page_about_them_is_the_newest():
    assert TARGET.read_text(encoding="utf-8") == render(), "run `make commands`"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_explains_itself_and_its_options(name: str):
    command = COMMANDS[name]
    assert command.help.endswith(".")
    bare = [one.name for one in command.params if not one.help and one.default is None]
    assert bare == []


@pytest.mark.parametrize("name", COMMANDS)
def test_what_changes_something_can_be_tried(name: str):
    can = "--dry-run" in names(COMMANDS[name])
    assert can == (name not in LOOKS_ONLY | OTHERWISE.keys())


@pytest.mark.parametrize("name", sorted(TAKES_AWAY))
def test_what_takes_something_away_asks(name: str):
    assert "--yes" in names(COMMANDS[name])


def test_what_is_printed_for_machines_is_told_of_commands_that_do():
    assert [name for name in SHAPES if "--json" not in names(COMMANDS[name])] == []
