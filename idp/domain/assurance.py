"""How sure a proofing makes us of who somebody is: the levels of eIDAS (EU 910/2014, article 8).

Every adapter maps its own words to these, and so does nothing else. ``none`` is for the sandbox.
"""

from __future__ import annotations

from enum import StrEnum


class Assurance(StrEnum):
    """Levels of assurance, from the lowest to the highest."""

    NONE = "none"
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    def reaches(self, lowest: Assurance) -> bool:
        """Tell whether this level is ``lowest`` or above."""
        order = list(Assurance)
        return order.index(self) >= order.index(lowest)
