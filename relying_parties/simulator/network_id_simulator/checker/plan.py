"""Which faults are tried, and in what order.

Rules. A fault of the metadata or of the keys is met only by a platform that has none yet, so those
come first, before any good sign-in. Then what can leave no trace. What makes a platform fetch keys
again comes last, rotations before forged key names: after one such fetch many platforms wait half a
minute before the next, and a rotation within it would look like a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from network_id_simulator.fault import Must
from network_id_simulator.faults import FAULTS, find

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from network_id_simulator.fault import Fault

MOST_IN_BATCH: Final = 8
# After these a good sign-in is tried at once: they can leave a platform with wrong keys.
ALONE: Final = frozenset({"endpoint", "keys"})
RENEWS: Final = "person"
FETCHES_KEYS: Final = frozenset({"kid-unknown", "kid-other-type", "kid-missing"})


@dataclass(frozen=True, slots=True)
class Plan:
    """Batches of faults; after each batch it is seen whether a good sign-in still works."""

    early: tuple[Fault, ...]
    batches: tuple[tuple[Fault, ...], ...]
    logout: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them, in the order of the table."""
        late = (fault for batch in self.batches for fault in batch)
        chosen = {fault.name for fault in (*self.early, *late, *self.logout)}
        return tuple(fault for name, fault in FAULTS.items() if name in chosen)


def plan(only: Collection[str] = (), skip: Collection[str] = ()) -> Plan:
    """Return the faults to try: all, or ``only`` these, without ``skip``.

    A name is a fault's or a group's. Raises UnknownFaultError.
    """
    chosen = _named(only) if only else dict(FAULTS)
    left = [fault for name, fault in chosen.items() if name not in _named(skip)]
    early = [fault for fault in left if fault.at in {"discovery", "jwks"}]
    late = [fault for fault in left if fault not in early and _is_late(fault)]
    rest = [fault for fault in left if fault not in early and fault not in late]
    return Plan(
        tuple(sorted(early, key=_early)),
        tuple(_batches(fault for fault in rest if fault.at != "logout"))
        + tuple(_batches(sorted(late, key=_late))),
        tuple(fault for fault in rest if fault.at == "logout"),
    )


def _named(names: Collection[str]) -> dict[str, Fault]:
    found: dict[str, Fault] = {}
    for name in names:
        group = {other.name: other for other in FAULTS.values() if other.group == name}
        found |= group or {name: find(name)}
    return found


def _is_late(fault: Fault) -> bool:
    return fault.group in {"keys", RENEWS} or fault.name in FETCHES_KEYS


def _early(fault: Fault) -> tuple[bool, bool, bool]:
    # What it must accept it keeps, and then asks no more: broken keys among good ones are worth it.
    accepted = fault.must is Must.SURVIVE
    return accepted, (fault.at == "jwks") is not accepted, fault.must is not Must.REFUSE


def _late(fault: Fault) -> tuple[bool, int]:
    # After a renewal the person has another network ID: nothing is compared with it any more.
    return fault.group == RENEWS, (Must.SURVIVE, Must.REFUSE, Must.STAND).index(fault.must)


def _batches(faults: Iterable[Fault]) -> list[tuple[Fault, ...]]:
    batches: list[list[Fault]] = []
    for fault in faults:
        last = batches[-1] if batches else []
        fits = last and last[0].group == fault.group and len(last) < MOST_IN_BATCH
        if fits and fault.group not in ALONE:
            last.append(fault)
        else:
            batches.append([fault])
    return [tuple(batch) for batch in batches]
