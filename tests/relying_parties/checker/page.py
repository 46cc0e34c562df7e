"""Writes the sample of docs/check-rp.md anew: ``python -m tests.relying_parties.checker.page``."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from network_id_simulator.checker.view import view
from network_id_simulator.cli.checking import plain

from tests.relying_parties.checker.by_hand import ByHand
from tests.relying_parties.checker.world import OneTown

if TYPE_CHECKING:
    from network_id_simulator.checker.report import Report

PAGE: Final = Path(__file__).parents[3] / "docs" / "check-rp.md"
SAMPLE: Final = re.compile(
    r"(<!-- sample: .* -->\n```\n).*?(```\n<!-- end of sample -->)", re.DOTALL
)


async def checked() -> Report:
    """Return the report on a platform that forgets its nonce."""
    town = OneTown(home="http://localhost:3000")
    return await town.check(ByHand(town.way, "nonce").app)


def printed(report: Report) -> str:
    """Return what the command prints."""
    return plain(view(report)).strip() + "\n"


def shown() -> str:
    """Return what the page shows."""
    match = SAMPLE.search(PAGE.read_text(encoding="utf-8"))
    return match[0] if match else ""


def written(text: str) -> str:
    """Return the part of the page that shows ``text``."""
    return SAMPLE.sub(lambda match: match[1] + text + match[2], shown())


if __name__ == "__main__":
    whole = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        whole.replace(shown(), written(printed(asyncio.run(checked())))), encoding="utf-8"
    )
