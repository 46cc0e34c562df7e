"""Every fault, in the order of ``make faults``: each file gives its own."""

from typing import Final

from tests.faults import codes
from tests.faults.fault import Fault

FAULTS: Final[list[Fault]] = [
    *codes.FAULTS,
]
