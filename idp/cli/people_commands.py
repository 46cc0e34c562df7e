"""The commands of ``idp people``, with their options; what they do is in ``idp.cli.people``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.asking import answered
from idp.cli.options import DryRun, Home, Json
from idp.cli.output import Output
from idp.domain.proposal import Proposed

people = typer.Typer(
    help="Propose to find an account, to suspend it, to lift that. Two operators must approve."
)

CaseId = Annotated[
    str, typer.Argument(metavar="CASE", help="The case, as find-by-network-id has told it.")
]
Reason = Annotated[
    str | None, typer.Option(help="Why, in words that the person will read. Asked for without.")
]


@people.command("find-by-network-id")
def find_person(
    network_id: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK_ID", help="As the platform knows it; - is the standard input."
        ),
    ],
    case_number: Annotated[
        str | None,
        typer.Option(help="The file number of the order or complaint. Asked for without."),
    ] = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Propose to open a case from a network ID. Tells nobody who it is, or whether there is one.

    Two operators approve it on their pages, each with a passkey of their own; then there is a case
    on which to act. Nobody ever learns the person, or another ID of theirs. The person is told, and
    it is counted in public.
    """
    from idp.cli import people as proposing

    wire = proposing.read_network_id(network_id)
    number = answered(case_number, "--case-number", "Case number of the order or complaint")
    asked = proposing.find(home, wire, number, dry_run=dry_run)
    Output(as_json=as_json).result(proposing.as_json(home, asked), proposing.as_text(home, asked))


@people.command("suspend")
def suspend_person(
    case: CaseId,
    authority: Annotated[
        str | None, typer.Option(help="Who decided it; the person reads it. Asked for without.")
    ] = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Propose to suspend the account of a case. Two operators must approve it on their pages."""
    from idp.cli import people as proposing

    words = proposing.read_words(
        Proposed.SUSPEND,
        authority=answered(authority, "--authority", "Authority that decided it"),
        reason=answered(reason, "--reason", "Reason that the person will read"),
    )
    asked = proposing.act(home, Proposed.SUSPEND, case, words, dry_run=dry_run)
    Output(as_json=as_json).result(proposing.as_json(home, asked), proposing.as_text(home, asked))


@people.command("unsuspend")
def unsuspend_person(
    case: CaseId,
    reason: Reason = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Propose to lift the suspension of a case. Two operators must approve it on their pages."""
    from idp.cli import people as proposing

    told = answered(reason, "--reason", "Reason that the person will read")
    words = proposing.read_words(Proposed.LIFT, authority="", reason=told)
    asked = proposing.act(home, Proposed.LIFT, case, words, dry_run=dry_run)
    Output(as_json=as_json).result(proposing.as_json(home, asked), proposing.as_text(home, asked))


@people.command("show")
def show_case(
    case: Annotated[str, typer.Argument(metavar="ID", help="A case, or a proposal.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what became of a proposal, and whether its case is suspended. Never who it is."""
    from idp.cli import people as proposing

    proposal, found = proposing.show(home, case)
    Output(as_json=as_json).result(
        proposing.shown_as_json(proposal, found), proposing.shown_as_text(proposal, found)
    )
