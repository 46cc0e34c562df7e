"""What `idp init` says when it is done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from idp.cli.making import Made, Plan


def machine(made: Made, plan: Plan) -> dict[str, object]:
    """Return what was made, for a machine."""
    return {
        "home": str(made.folder),
        "issuer": plan.issuer,
        "port": plan.port,
        "wrapping_key_file": None if made.wrapping_key is None else str(made.wrapping_key),
    }


def as_text(made: Made, plan: Plan) -> str:
    """Return what was made, what to back up where, and what to do next."""
    home = escape(shlex.quote(str(made.folder)))
    return (
        f"[bold]An instance for {escape(plan.issuer)} is in {home}.[/]\n\n"
        f"{_keys(made, plan, home)}\n\n"
        "Next:\n"
        f"  export IDP_HOME={home}\n"
        "  idp serve                            serve it, in a terminal of its own\n"
        "  idp doctor                           see whether all is well, from outside too\n"
        "  idp clients add --file client.json   register a platform's client\n\n"
        f"{_way(plan)}"
    )


def _way(plan: Plan) -> str:
    if plan.issuer.startswith("https:"):
        return (
            "TLS comes from a proxy in front, or from IDP_TLS_CERT and IDP_TLS_KEY: "
            "docs/first-hour.md\nleads from here to the first rotated key."
        )
    return "Every setting, and how keys change: docs/operators.md."


def _keys(made: Made, plan: Plan, home: str) -> str:
    if plan.token:
        return (
            f"The keys are in the token {escape(plan.token)}, and so is what opens {home}/keys.\n"
            "Back the token up by its maker's means: without it no key opens."
        )
    return (
        f"{_wrapping_key(made)} Back it up apart from the databases and from {home}/keys:\n"
        "without it no key opens, and whoever has it and a backup reads everything."
    )


def _wrapping_key(made: Made) -> str:
    if made.wrapping_key is None:
        return "The wrapping key is the one that was given."
    return f"The wrapping key is in [bold]{escape(str(made.wrapping_key))}[/]."
