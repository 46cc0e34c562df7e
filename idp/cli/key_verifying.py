"""``idp keys verify``: the key store against the table, and both against what platforms see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict
from rich.console import Group
from rich.text import Text

from idp.cli.opening import with_services

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from idp.services.key_check import Finding
    from idp.web.site import Services


class Verified(Struct, frozen=True):
    """How many keys were looked at, and what is wrong."""

    keys: int
    findings: list[Finding]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "well": self.well,
            "keys": self.keys,
            "findings": [asdict(one) for one in self.findings],
        }

    def as_renderable(self) -> RenderableType:
        """Return it for a person: each finding with what mends it."""
        if self.well:
            return f"{self.keys} keys: all is well."
        lines = [
            Text(f"{one.about}: {one.text} [{one.code}]\n  To mend it: {one.mend}")
            for one in self.findings
        ]
        return Group(*lines)


def verify(home: Path | None, *, outside: bool) -> Verified:
    """Look at every key; raises Failure where the key store does not open, files and all."""

    async def verifying(services: Services) -> Verified:
        keys = await services.key_lives.everyone()
        return Verified(len(keys), await services.key_check.findings(outside=outside))

    return with_services(home, verifying)
