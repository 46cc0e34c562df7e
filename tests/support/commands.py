"""Writes docs/commands.md: every command with its options, from the command line itself.

`python -m tests.support.commands [--check]`.
"""

import argparse
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

from idp.cli.commands import command as root
from idp.cli.failure import MEANINGS
from tests.support.command_shapes import SHAPES

TARGET: Final = Path(__file__).parents[2] / "docs" / "commands.md"
HEAD: Final = """\
# Commands

Written by `make commands` from the commands themselves; `make check` fails when it is stale. Each
command tells the same with `--help`.

- A command that only looks needs no permission. One that changes something has `--dry-run`. One
  that takes something away says what it would do and asks; where nobody can be asked (no terminal)
  it does nothing without `--yes`, and says so.
- `--home DIR`, or `IDP_HOME`, is the instance. `--json` prints one JSON value on the standard
  output; times in it are epoch seconds, and members in brackets may be missing. Everything else
  goes to the standard error stream.
- A refusal is one line `idp: TEXT [CODE]`, or with `--json` `{"error": CODE, "message": TEXT}`;
  codes stay.

| exit code | meaning |
|---|---|
"""
_EVERYWHERE: Final = frozenset({"--home", "--json", "--help"})


def every() -> Iterator[tuple[str, Any]]:
    """Yield each command by its name without `idp`, in the order in which help tells of them."""
    yield from _below(root, "")


def render() -> str:
    """Return the page."""
    codes = "".join(f"| {code:d} | {text} |\n" for code, text in MEANINGS.items())
    return HEAD + codes + "".join(_section(name, command) for name, command in every())


def _below(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for word, one in getattr(command, "commands", {}).items():
        if one.hidden:
            continue
        path = f"{name} {word}".strip()
        if not getattr(one, "commands", {}) or one.invoke_without_command:
            yield path, one
        yield from _below(one, path)


def _section(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["idp", name, *(_argument(one) for one in arguments), *_needed(options)])
    told = f"\n## idp {name}\n\n`{usage}`\n\n{_plain(command.help)}\n"
    listed = [one for one in options if not _EVERYWHERE.intersection(one.opts)]
    rows = "".join(
        f"| `{_argument(one)}` | {_cell(one.help)} |\n" for one in arguments if one.help
    ) + "".join(f"| {_names(one)} | {_told(one)} |\n" for one in listed)
    if rows:
        told += f"\n| | |\n|---|---|\n{rows}"
    if name in SHAPES:
        told += f"\n`--json`: {SHAPES[name]}\n"
    return told


def _needed(options: list[Any]) -> list[str]:
    return [f"{one.opts[0]} {_value(one)}" for one in options if one.required]


def _argument(one: Any) -> str:
    name = one.metavar or one.human_readable_name
    return str(name) if one.required else f"[{name}]"


def _names(one: Any) -> str:
    value = "" if one.is_flag else f" {_value(one)}"
    return ", ".join(f"`{name}{value}`".replace("|", "\\|") for name in one.opts)


def _value(one: Any) -> str:
    kind = one.type_descriptor.annotation
    kind = next(iter(get_args(kind)), kind)  # of a list
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return str(one.metavar or one.name.upper().replace("_", "-"))


def _told(one: Any) -> str:
    told = _cell(one.help)
    if one.default not in {None, False, ""} and "default" not in told:
        told = f"{told} Default: {one.default}.".strip()
    return f"{told} `{one.envvar}`" if one.envvar else told


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _plain(text: str | None) -> str:
    paragraphs = (text or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    page = render()
    if not parser.parse_args().check:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write("docs/commands.md is stale: run `make commands`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
