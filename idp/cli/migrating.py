"""``idp migrate``: both databases and the keys as this version needs them, or how far they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.markup import escape
from rich.table import Table

from idp.app import complete_keystore, open_keystore
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, one_line, stores
from idp.domain.secret_key import SecretDomain
from idp.keystore.errors import KeystoreOutdatedError
from idp.storage import revisions, schema

if TYPE_CHECKING:
    from idp.settings import Settings


class Step(Struct, frozen=True):
    """A revision that waits, and what it brings; ``contracts`` if older servers cannot bear it."""

    revision: str
    brings: str
    contracts: bool


class State(Struct, frozen=True):
    """Where one database stands, or the keys; ``found`` is None before the first migration.

    ``pending`` are the revisions that wait, in order. One that is ``ahead`` is of a newer version,
    and this one can serve it.
    """

    store: str
    found: str | None
    needed: str
    pending: tuple[Step, ...] = ()
    ahead: bool = False

    @property
    def up_to_date(self) -> bool:
        """Tell whether this version can serve it."""
        return self.ahead or self.found == self.needed


def states(settings: Settings) -> list[State]:
    """Return where both databases and the keys stand; changes nothing. Raises Failure."""
    return [*(_state(store, url) for store, url in stores(settings).items()), _keys(settings)]


def migrate(settings: Settings) -> list[State]:
    """Bring both databases to the newest revision and add missing keys; return how it was before.

    Raises Failure; what has been migrated by then stays migrated, and running it again goes on.
    """
    before = states(settings)
    for (store, url), state in zip(stores(settings).items(), before, strict=False):
        if not state.ahead:
            asking(store, partial(schema.upgrade, store, url))
    with one_line():
        complete_keystore(settings)
    return before


def _state(store: schema.Store, url: str) -> State:
    standing = asking(store, partial(revisions.standing, store, url))
    needed = schema.newest(store)
    if revisions.is_ahead(store, standing):
        return State(str(store), standing.found, needed, ahead=True)
    try:
        waiting = schema.pending(store, standing.found)
    except ValueError as error:
        text = f"the {store} database: {error}. Install that version, or restore a backup"
        raise Failure(ExitCode.INSTANCE, "schema_unknown", text) from error
    steps = (Step(one, brings, revisions.contracts(store, one)) for one, brings in waiting)
    return State(str(store), standing.found, needed, tuple(steps))


def _keys(settings: Settings) -> State:
    needed = f"{len(SecretDomain)} secrets"
    with one_line():
        try:
            open_keystore(settings)
        except KeystoreOutdatedError as error:
            return State("keys", f"{len(SecretDomain) - len(error.missing)} secrets", needed)
    return State("keys", needed, needed)


def as_json(found: list[State]) -> list[dict[str, object]]:
    """Return the states for a machine."""
    return [
        {
            "database": state.store,
            "revision": state.found,
            "needed": state.needed,
            "up_to_date": state.up_to_date,
            "ahead": state.ahead,
            "pending": [step.revision for step in state.pending],
            "contracting": [step.revision for step in state.pending if step.contracts],
        }
        for state in found
    ]


def as_table(found: list[State], *, changed: bool) -> Table:
    """Return the states for a person; ``changed`` when they have just been brought up to date."""
    table = Table("Database", "Revision", "Needed", "")
    for state in found:
        behind = "[green]migrated[/]" if changed else f"[red]behind[/]\n{_waiting(state)}"
        good = "newer, and served by this version too" if state.ahead else "up to date"
        word = good if state.up_to_date else behind
        table.add_row(state.store, state.found or "none", state.needed, word)
    return table


def _waiting(state: State) -> str:
    """Say of each step what it brings, and what it means for servers that run."""
    fresh = state.found is None
    return "\n".join(
        f"{step.revision}: {escape(step.brings)}{'' if fresh else _for_servers(step)}"
        for step in state.pending
    )


def _for_servers(step: Step) -> str:
    if step.contracts:
        return "\n  [red]stop every server of an older version first[/]"
    return "\n  servers of the version before go on meanwhile"
