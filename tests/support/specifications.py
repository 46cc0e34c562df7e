"""Writes SPECIFICATIONS.md: which section of which standard is proved by which test.

Reads the `@pytest.mark.spec("RFC 7636 §4.6")` marks from the source, so nothing is imported and a
missing system package hides no test. `python -m tests.support.specifications [--check]`.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.known_specifications import KNOWN, WHOLE

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = ROOT / "SPECIFICATIONS.md"
DIVERGENCES: Final = ROOT / "docs" / "divergences.md"
MARK: Final = re.compile(r"(?P<name>[^§]*[^§ ]) §(?P<section>\S.*)")
HEAD: Final = """\
# Specifications

Written by `make specifications` from the `spec` marks in the tests; `make check` fails when it is
stale. Each section below is proved by the tests beside it. What we left out on purpose, or do
otherwise, stands under *Deliberate divergences*, with the reason.
"""


class SpecificationError(ValueError):
    """A mark that cannot be read, or names a specification that `KNOWN` does not hold."""


@dataclass(frozen=True, order=True)
class Proof:
    """One section of one specification, and the test that proves it."""

    specification: str
    section: str
    path: str
    test: str


def read_mark(text: str) -> tuple[str, str]:
    """Split `RFC 7636 §4.6` into `RFC 7636` and `4.6`; raises SpecificationError.

    The section is empty for the few specifications that may be named whole.
    """
    if text in WHOLE:
        return text, ""
    match = MARK.fullmatch(text)
    if match is None:
        raise SpecificationError(f'"{text}" is not of the form "RFC 7636 §4.6"')
    if match["name"] not in KNOWN:
        raise SpecificationError(
            f'"{match["name"]}" is unknown: mend the mark, or add its title and address to '
            "tests/support/known_specifications.py"
        )
    return match["name"], match["section"]


def proofs_in(source: str, path: str) -> Iterator[Proof]:
    """Yield what the tests of one file prove; a mark on a class or module counts for all in it."""
    tree = ast.parse(source)
    yield from _in_body(tree.body, path, "", _module_marks(tree.body, path))


def _in_body(
    body: Iterable[ast.stmt], path: str, prefix: str, inherited: list[str]
) -> Iterator[Proof]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marks = inherited + _marks(node.decorator_list, path)
            yield from _in_body(node.body, path, f"{prefix}{node.name}::", marks)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = inherited + _marks(node.decorator_list, path)
            if node.name.startswith("test_"):
                for mark in dict.fromkeys(marks):
                    yield Proof(*read_mark(mark), path, prefix + node.name)


def _module_marks(body: Iterable[ast.stmt], path: str) -> list[str]:
    found: list[str] = []
    for node in body:
        if isinstance(node, ast.Assign) and any(_is_pytestmark(item) for item in node.targets):
            found += _marks([node.value], path)
    return found


def _is_pytestmark(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytestmark"


def _marks(expressions: Iterable[ast.expr], path: str) -> list[str]:
    """Return the sections named by every `….mark.spec(…)` inside these expressions."""
    calls = (node for expression in expressions for node in ast.walk(expression))
    return [
        _literal(argument, path)
        for node in calls
        if isinstance(node, ast.Call) and _is_spec(node.func)
        for argument in node.args
    ]


def _is_spec(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "spec"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def _literal(argument: ast.expr, path: str) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise SpecificationError(f"{path}:{argument.lineno}: write the section out, as a plain string")


def collect(folder: Path = ROOT / "tests") -> list[Proof]:
    """Return all proofs under `folder`; raises SpecificationError that names each bad file."""
    found: list[Proof] = []
    wrong: list[str] = []
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        try:
            found += proofs_in(path.read_text(encoding="utf-8"), name)
        except SpecificationError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise SpecificationError("\n".join(wrong))
    return found


def render(proofs: Iterable[Proof], divergences: str) -> str:
    """Return the whole page; `divergences` is Markdown whose title is replaced by a section's."""
    sections: dict[str, dict[str, list[Proof]]] = {}
    for proof in sorted(proofs):
        sections.setdefault(proof.specification, {}).setdefault(proof.section, []).append(proof)
    parts = [HEAD]
    for name in sorted(sections, key=natural):
        title, address = KNOWN[name]
        heading = f"[{title}]({address})" if title == name else f"{name}: [{title}]({address})"
        parts += [f"\n## {heading}\n\n| section | proved by |\n| --- | --- |\n"]
        parts += [
            _row(section, sections[name][section])
            for section in sorted(sections[name], key=natural)
        ]
    _, _, rest = divergences.partition("\n")
    return "".join([*parts, "\n## Deliberate divergences\n", rest])


def _row(section: str, proofs: Iterable[Proof]) -> str:
    tests = "<br>".join(f"[{proof.test}]({proof.path})" for proof in proofs)
    return f"| {f'§{section}' if section else 'whole'} | {tests} |\n"


def natural(text: str) -> list[tuple[int, str]]:
    """Return a sorting key by which §4.10 comes after §4.9."""
    return [
        (int(piece), "") if piece.isdigit() else (-1, piece)
        for piece in re.split(r"(\d+)", text)
        if piece
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    arguments = parser.parse_args()
    try:
        page = render(collect(), DIVERGENCES.read_text(encoding="utf-8"))
    except SpecificationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not arguments.check:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write("SPECIFICATIONS.md is stale: run `make specifications`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
