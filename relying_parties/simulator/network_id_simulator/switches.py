"""Which faults are on, how often they still happen, and how often they have happened."""

from __future__ import annotations

from collections import Counter

from network_id_simulator.faults import find


class Switches:
    """One switch for each fault of the table. A fault counts as delivered when it was answered."""

    def __init__(self) -> None:
        self._left: dict[str, int | None] = {}
        self._delivered: Counter[str] = Counter()

    def on(self, name: str, times: int | None = 1) -> None:
        """Let a fault happen the next ``times`` times; None is until it is switched off.

        Raises UnknownFaultError, or ValueError for a number below one.
        """
        fault = find(name)
        if times is not None and times < 1:
            raise ValueError(f"{name}: times is 1 or more, or null for until it is switched off")
        self._left[fault.name] = times

    def off(self, name: str) -> None:
        """Let it not happen any more; raises UnknownFaultError."""
        self._left.pop(find(name).name, None)

    def reset(self) -> None:
        """Switch all off and forget what was delivered."""
        self._left.clear()
        self._delivered.clear()

    def is_on(self, name: str) -> bool:
        """Tell whether it is on."""
        return name in self._left

    def take(self, name: str) -> bool:
        """Tell whether it is on; if so it counts as delivered, and happens once less."""
        if name not in self._left:
            return False
        left = self._left[name]
        if left is not None and left <= 1:
            del self._left[name]
        elif left is not None:
            self._left[name] = left - 1
        self._delivered[name] += 1
        return True

    def first(self, names: tuple[str, ...]) -> str | None:
        """Take the first of ``names`` that is on, and return it."""
        return next((name for name in names if self.take(name)), None)

    @property
    def left(self) -> dict[str, int | None]:
        """The faults that are on: name to how often they still happen, None for until reset."""
        return dict(self._left)

    def delivered(self, name: str) -> int:
        """Return how often a fault was delivered; raises UnknownFaultError."""
        return self._delivered[find(name).name]

    @property
    def all_delivered(self) -> dict[str, int]:
        """Every fault that was delivered, and how often."""
        return dict(self._delivered)
