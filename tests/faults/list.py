"""Every fault, in the order of ``make faults``: each file gives its own."""

from typing import Final

from tests.faults import aborted, clocks, codes, kills, outage, overload, refreshes, restarts, soak
from tests.faults.fault import Fault

FAULTS: Final[list[Fault]] = [
    *codes.FAULTS,
    *refreshes.FAULTS,
    *kills.FAULTS,
    *aborted.FAULTS,
    *clocks.FAULTS,
    *overload.FAULTS,
    *outage.FAULTS,
    *restarts.FAULTS,
    *soak.FAULTS,
]
