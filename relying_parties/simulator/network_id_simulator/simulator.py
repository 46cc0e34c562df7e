"""The simulator: one provider in memory, with its keys, people, switches and journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network_id_simulator import base64url, keys, network_ids, personas
from network_id_simulator.config import Config
from network_id_simulator.grants import Store
from network_id_simulator.journal import Journal
from network_id_simulator.keys import Keys
from network_id_simulator.switches import Switches
from network_id_simulator.system import system_bytes, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from network_id_simulator.jws import Key
    from network_id_simulator.personas import Persona

_ID_BYTES = 16
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a simulator is started with.

    ``issuer`` is without a slash at its end. ``seed`` makes network IDs repeatable; None draws one.
    ``transport`` is the way out for logout tokens, for tests without sockets.
    """

    issuer: str
    seed: str | None = None
    clock: Callable[[], int] = system_clock
    draw: Callable[[int], bytes] = system_bytes
    make_key: Callable[[str], Key] = keys.generate
    transport: httpx2.AsyncBaseTransport | None = field(default=None, repr=False)


class Simulator:
    """One provider. Nothing of it outlives the process, and nothing of it may be trusted.

    ``config`` says what the next answers are, ``switches`` what goes wrong with them, ``journal``
    what came. `network_id_simulator.app.create_app` puts it on the wire.
    """

    def __init__(self, settings: Settings, config: Config | None = None) -> None:
        self.settings = settings
        self.switches = Switches()
        self.journal = Journal()
        self.keys = Keys(settings.make_key)
        self.store = Store()
        self._given = (config or Config()).as_dict()
        self.config = Config()
        self.config.change(self._given)
        self._faults: dict[str, int | None] = {}
        seed = settings.seed
        self._seed = settings.draw(_SEED_BYTES) if seed is None else seed.encode()

    @property
    def issuer(self) -> str:
        """The issuer, byte for byte as in every token."""
        return self.settings.issuer

    def now(self) -> int:
        """Return the time, in epoch seconds."""
        return self.settings.clock()

    def new_id(self) -> str:
        """Return a random text that nobody can guess."""
        return base64url.encode(self.settings.draw(_ID_BYTES))

    def network_id(self, client_id: str, persona_id: str) -> str:
        """Return the network ID by which a client knows a persona at present."""
        renewals = self.store.renewals.get((client_id, persona_id), 0)
        return network_ids.make(self._seed, client_id, persona_id, renewals)

    def renew_network_id(self, client_id: str, persona_id: str) -> str:
        """Give a persona a new network ID at a client, and return it."""
        key = (client_id, persona_id)
        self.store.renewals[key] = self.store.renewals.get(key, 0) + 1
        return self.network_id(client_id, persona_id)

    def persona(self) -> Persona | None:
        """Return who answers without being asked; None where a page asks."""
        chosen = self.config.persona
        return None if chosen is None else personas.find(chosen)

    def rotate_keys(self) -> None:
        """Rotate as a provider should: the keys sign that have been published ahead."""
        for alg in keys.ALGORITHMS:
            self.keys.rotate(alg)

    def start_with(self, faults: Mapping[str, int | None]) -> None:
        """Let these faults be on from the start, and after each reset; None is until switched off.

        Raises UnknownFaultError, or ValueError for a number below one.
        """
        self._faults = dict(faults)
        for name, times in self._faults.items():
            self.switches.on(name, times)

    def reset(self) -> None:
        """Switch everything back to how it was started, and forget what came; keys stay."""
        self.switches.reset()
        for name, times in self._faults.items():
            self.switches.on(name, times)
        self.journal.clear()
        self.store = Store()
        self.config = Config()
        self.config.change(self._given)
