"""Every fault, in the order of ``make faults``: each file gives its own."""

from typing import Final

from tests.faults import codes, overload
from tests.faults.fault import Fault

FAULTS: Final[list[Fault]] = [
    *codes.FAULTS,
    *overload.FAULTS,
]
