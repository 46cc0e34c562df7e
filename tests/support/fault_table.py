"""Writes the table of faults into the simulator's README: `python -m tests.support.fault_table`.

With `--check` it only tells whether the README is stale.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from network_id_simulator.faults import FAULTS, GROUPS, Fault

TARGET: Final = Path(__file__).parents[2] / "relying_parties" / "simulator" / "README.md"
BEGIN: Final = "<!-- faults: written by the table itself -->\n"
END: Final = "<!-- /faults -->"


def render(text: str) -> str:
    """Return the README with the table as it should be."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{_table()}\n{END}{after}"


def _table() -> str:
    return "\n".join(_group(group, heading) for group, heading in GROUPS.items())


def _group(group: str, heading: str) -> str:
    rows = [_row(fault) for fault in FAULTS.values() if fault.group == group]
    head = "| fault | what the simulator does | must | ruled by |\n|---|---|---|---|\n"
    return f"### {heading}\n\n{head}" + "".join(rows)


def _row(fault: Fault) -> str:
    must = f"{fault.must}, *may*" if fault.may_sign_in else f"{fault.must}"
    what = fault.what + (f" Needs: {fault.needs}" if fault.needs else "")
    return f"| `{fault.name}` | {what} | {must} | {fault.spec} |\n"


def main() -> int:
    """Write the table, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    found = TARGET.read_text(encoding="utf-8")
    right = render(found)
    if parser.parse_args().check:
        return int(found != right)
    TARGET.write_text(right, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
