"""What the next answers will be: set by the command line, by the /config API, or by a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from network_id_simulator import clients, personas
from network_id_simulator.clients import Client
from network_id_simulator.faults import find
from network_id_simulator.keys import ALGORITHMS

UNTIL_RESET: Final = "until reset"
_NUMBERS: Final = {"slow_seconds": 600, "hesitation_seconds": 600, "huge_bytes": 1 << 30}


class ConfigError(ValueError):
    """A value that cannot be; the message says which, and what could."""


@dataclass(slots=True, kw_only=True)
class Config:
    """What may be set. ``persona`` None means that a page asks, as at the provider.

    ``algorithm`` signs ID tokens unless a client has its own. ``slow_seconds`` is how long a slow
    endpoint takes, ``hesitation_seconds`` how long a slow person, ``huge_bytes`` how much a huge
    answer holds. ``backchannel_logout_uri`` is for clients that are not configured.
    """

    persona: str | None = None
    algorithm: str = ALGORITHMS[0]
    require_pkce: bool = True
    slow_seconds: float = 30.0
    hesitation_seconds: float = 3.0
    huge_bytes: int = 16 * 1024 * 1024
    backchannel_logout_uri: str | None = None
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, client_id: str) -> Client | None:
        """Return the client; once any is configured, None for all others."""
        if client_id in self.clients:
            return self.clients[client_id]
        if self.clients:
            return None
        return Client(
            client_id=client_id,
            backchannel_logout_uri=self.backchannel_logout_uri,
            is_known=False,
        )

    def algorithm_of(self, client: Client) -> str:
        """Return what signs this client's ID tokens."""
        return client.algorithm or self.algorithm

    def as_dict(self) -> dict[str, Any]:
        """Return it as the /config API shows it; `change` takes the same members."""
        shown = {name: getattr(self, name) for name in _MEMBERS if name != "clients"}
        return {**shown, "clients": [_client_as_dict(one) for one in self.clients.values()]}

    def change(self, members: dict[str, Any]) -> None:
        """Set ``members``, all of them or, after ConfigError, none."""
        checked = {name: _check(name, value) for name, value in members.items()}
        for name, value in checked.items():
            setattr(self, name, value)


_MEMBERS: Final = tuple(Config.__dataclass_fields__)


def _check(name: str, value: Any) -> Any:
    if name == "persona":
        return None if value is None else _persona(value)
    if name == "algorithm":
        return _one_of(name, value, ALGORITHMS)
    if name == "require_pkce":
        return _typed(name, value, bool, "true or false")
    if name in _NUMBERS:
        return _number(name, value)
    if name == "backchannel_logout_uri":
        return None if value is None else _typed(name, value, str, "an address or null")
    if name == "clients":
        return _clients(value)
    raise ConfigError(f"There is no {name!r}. There are: faults, {', '.join(_MEMBERS)}.")


def _persona(value: Any) -> str:
    try:
        return personas.find(str(value)).id
    except personas.UnknownPersonaError as error:
        raise ConfigError(str(error)) from None


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"{name} is one of: {', '.join(allowed)}.")
    return str(value)


def _typed(name: str, value: Any, kind: type, told_as: str) -> Any:
    if not isinstance(value, kind):
        raise ConfigError(f"{name} is {told_as}.")
    return value


def _number(name: str, value: Any) -> Any:
    most = _NUMBERS[name]
    kind = int if name.endswith("bytes") else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 <= value <= most:
        raise ConfigError(f"{name} is a number from 0 to {most}.")
    return value


def _clients(value: Any) -> dict[str, Client]:
    if not isinstance(value, list):
        raise ConfigError("clients is a list of objects, each with a client_id.")
    found = [_client(one) for one in value]
    return {client.client_id: client for client in found}


_TEXTS: Final = ("client_secret", "backchannel_logout_uri")
_LISTS: Final = ("redirect_uris", "post_logout_redirect_uris")
_WIRE_NAMES: Final = {
    "token_endpoint_auth_method": "auth_method",
    "id_token_signed_response_alg": "algorithm",
}
_CLIENT_MEMBERS: Final = ("client_id", *_TEXTS, *_LISTS, "jwks", *_WIRE_NAMES)


def _client(value: Any) -> Client:
    if not isinstance(value, dict) or not isinstance(value.get("client_id"), str):
        raise ConfigError("clients is a list of objects, each with a client_id.")
    unknown = [name for name in value if name not in _CLIENT_MEMBERS]
    if unknown:
        raise ConfigError(
            f"A client has no {unknown[0]!r}. It may have: {', '.join(_CLIENT_MEMBERS)}."
        )
    given: dict[str, Any] = {
        _WIRE_NAMES.get(str(name), str(name)): _client_member(name, member)
        for name, member in value.items()
        if member is not None
    }
    return Client(**given)


def _client_member(name: str, value: Any) -> Any:
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ConfigError(f"{name} is a list of addresses.")
        return tuple(value)
    if name == "token_endpoint_auth_method":
        return _one_of(name, value, clients.METHODS)
    if name == "id_token_signed_response_alg":
        return _one_of(name, value, ALGORITHMS)
    if name == "jwks":
        return _typed(name, value, dict, "a JWK set: an object with keys")
    return _typed(name, value, str, "a text")


def _client_as_dict(client: Client) -> dict[str, Any]:
    found = {name: getattr(client, _WIRE_NAMES.get(name, name)) for name in _CLIENT_MEMBERS}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
        if value not in (None, ())
    }


def read_faults(value: Any) -> dict[str, int | str | None]:
    """Check the member ``faults`` of a change: name to how often, ``"until reset"``, or null (off).

    Raises ConfigError, or UnknownFaultError with the nearest names.
    """
    if not isinstance(value, dict):
        raise ConfigError('faults is an object: {"nonce": 1}, {"nonce": "until reset"}.')
    for name, times in value.items():
        find(name)
        counted = isinstance(times, int) and not isinstance(times, bool) and times > 0
        if not (times is None or times == UNTIL_RESET or counted):
            raise ConfigError(f'{name} is a number of times, "{UNTIL_RESET}", or null for off.')
    return dict(value)
