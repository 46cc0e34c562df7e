"""The table of the SDK's errors in its README, written from the errors themselves.

python -m tests.support.sdk_errors           writes it
python -m tests.support.sdk_errors --check   fails when it is stale
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Final

import network_id
from network_id import SignInError
from network_id.errors import configuration, provider, response, token

README: Final = Path(__file__).parents[2] / "relying_parties" / "sdk" / "README.md"
BEGIN: Final = "<!-- errors: written by `python -m tests.support.sdk_errors` -->\n"
END: Final = "<!-- end of errors -->\n"
GROUPS: Final = {
    "The person, or the browser": response,
    "The provider": provider,
    "A token": token,
    "Yours to mend": configuration,
}


def written() -> str:
    """Return the tables, one for each group."""
    return "\n".join(_table(title, _errors(module)) for title, module in GROUPS.items())


def _errors(module: object) -> list[type[SignInError]]:
    """Return the errors that a module defines, in its order."""
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, SignInError) and value is not SignInError
    ]


def _table(title: str, errors: list[type[SignInError]]) -> str:
    rows = [f"| `{error.__name__}` | {_meaning(error)} | {_cell(error.todo)} |" for error in errors]
    return "\n".join([f"### {title}\n", "| error | it means | do |", "|---|---|---|", *rows, ""])


def _meaning(error: type[SignInError]) -> str:
    first = inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0]
    return _cell(" ".join(first.split()))


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def named() -> set[str]:
    """Return the names of all errors that a platform can import."""
    found = (getattr(network_id, name) for name in network_id.__all__)
    return {one.__name__ for one in found if inspect.isclass(one) and issubclass(one, Exception)}


def main(arguments: list[str]) -> int:
    """Write the table, or only look whether it is right."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.stderr.write(f"{README.name} has no place for the errors: {BEGIN.strip()}\n")
        return 1
    right = f"{before}{BEGIN}\n{written()}\n{END}{after}"
    if "--check" in arguments:
        if text != right:
            sys.stderr.write("stale: run python -m tests.support.sdk_errors\n")
        return int(text != right)
    README.write_text(right, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
