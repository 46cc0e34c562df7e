"""The plans and the configuration of each, made from the JSON files beside this. Pure: no I/O."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """Where the two programs are, without a slash at the end."""

    suite: str
    issuer: str

    @property
    def alias(self) -> str:
        """One word for all plans, which stands in the redirect URIs: a provider runs one at a time.

        Another provider at the same suite has another, or each would end the other's modules.
        """
        return re.sub(r"[^a-z0-9]+", "-", self.issuer.removeprefix("https://"))

    def fill(self, value: Any, **more: str) -> Any:
        """Return ``value`` with every ``{suite}``, ``{issuer}``, ``{alias}`` and more filled in."""
        names = {"suite": self.suite, "issuer": self.issuer, "alias": self.alias, **more}
        if isinstance(value, dict):
            return {key: self.fill(one, **more) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one, **more) for one in value]
        if isinstance(value, str):
            for name, text in names.items():
                value = value.replace("{%s}" % name, text)  # noqa: UP031 -- braces are the text
        return value


@dataclass(frozen=True)
class Plan:
    """One plan with one choice of its variants, and the parts that its configuration is made of."""

    name: str
    plan: str
    variant: Mapping[str, str]
    parts: tuple[str, ...]


def load(name: str) -> Any:
    """Read one of the JSON files of this folder."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def plans() -> tuple[Plan, ...]:
    """Return every plan that is run, in order."""
    return tuple(Plan(**{**one, "parts": tuple(one["parts"])}) for one in load("plans.json"))


def configuration(plan: Plan, place: Place, clients: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the suite is told about us for ``plan``; ``clients`` are those of our own."""
    parts, browser = load("parts.json"), load("browser.json")
    made: dict[str, Any] = {"alias": place.alias, "description": f"Network ID: {plan.name}"}
    # The suite need not read style sheets: it looks for elements, not at them.
    made["options"] = {"browsercontrol_css_enable": False}
    for part in plan.parts:
        for member, value in parts[part].items():
            _add(made, member, _known(value, clients))
    kind = made.pop("browser")
    made["browser"] = _script(browser, browser["defaults"][kind])
    made["override"] = {
        module: {"browser": _script(browser, script)}
        for script, modules in browser["overrides"][made["override"]].items()
        for module in modules
    }
    filled: dict[str, Any] = place.fill(made, name=plan.name)
    return filled


def _add(made: dict[str, Any], member: str, value: Any) -> None:
    both = isinstance(value, dict) and isinstance(made.get(member), dict)
    made[member] = made[member] | value if both else value


def _known(value: Any, clients: Mapping[str, Any]) -> Any:
    """Return the client that ``{client …}`` stands for, and anything else as it is."""
    if isinstance(value, str) and value.startswith("{client "):
        return dict(clients[value.removeprefix("{client ").removesuffix("}")])
    return value


def _script(browser: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the steps of a script, each task by its own name."""
    return [
        visit | {"tasks": [{"task": task} | browser["tasks"][task] for task in visit["tasks"]]}
        for visit in browser["scripts"][name]
    ]
