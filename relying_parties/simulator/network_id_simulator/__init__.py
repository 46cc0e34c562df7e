"""A network ID provider for platforms' own tests: in memory, ready in a second, wrong on demand.

    with serving() as simulator:  # a server on loopback, in a thread
        simulator.config.persona = "adult"  # answers by itself, without a page
        simulator.switches.on("nonce")  # one fault of `FAULTS`, once
        ...  # let the platform under test sign somebody in at simulator.issuer
        simulator.journal.entries("token")  # what it sent

Never imports ``idp``: what a platform sees of a provider is on the wire. Nothing that it says may
be trusted: its keys are anybody's.
"""

from network_id_simulator.app import create_app
from network_id_simulator.config import Config, ConfigError
from network_id_simulator.faults import FAULTS, Fault, Must, UnknownFaultError
from network_id_simulator.personas import PERSONAS, Persona, UnknownPersonaError
from network_id_simulator.serving import serving
from network_id_simulator.simulator import Settings, Simulator

__all__ = [
    "FAULTS",
    "PERSONAS",
    "Config",
    "ConfigError",
    "Fault",
    "Must",
    "Persona",
    "Settings",
    "Simulator",
    "UnknownFaultError",
    "UnknownPersonaError",
    "create_app",
    "serving",
]
