"""``idp people``: proposes what two operators then approve on their pages, and never does it.

Whoever types a command is nobody in particular: a shell has no passkey. So what is proposed here
needs two approvals, each by an operator's own passkey, and what is found is a case on which to act,
never the person.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.markup import escape

from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import settings_of
from idp.cli.opening import with_services
from idp.domain import network_id
from idp.domain.operator import FEWEST_APPROVERS
from idp.domain.proposal import LONGEST_REFERENCE, Proposed, wording
from idp.domain.refusal import Cause, Refusal
from idp.domain.wording import WordingRefused, one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.domain.case import Case
    from idp.domain.proposal import Proposal, Wording
    from idp.web.site import Services

    Found = TypeVar("Found")

_MOST_CHARACTERS = 100
_ACTS = {
    Proposed.UNMASK: "open a case from a network ID",
    Proposed.SUSPEND: "suspend the account of case",
    Proposed.LIFT: "lift the suspension of case",
}


class Asked(Struct, frozen=True):
    """What was proposed, or would be: ``proposal`` is None in a dry run."""

    act: Proposed
    case_id: str
    proposal: Proposal | None
    approvers: int


def read_network_id(given: str) -> str:
    """Return a network ID as it stands on the wire; - reads it from the standard input.

    Raises Failure ``network_id_refused``.
    """
    text = sys.stdin.read(_MOST_CHARACTERS) if given == "-" else given
    try:
        return network_id.parse(text.strip())
    except network_id.NetworkIdInvalid as error:
        raise Failure(
            ExitCode.INPUT,
            "network_id_refused",
            "this is no network ID: a character is wrong or missing. It has five groups of five "
            "letters and digits",
        ) from error


def find(home: Path | None, wire: str, case_number: str, *, dry_run: bool) -> Asked:
    """Propose to open a case from a network ID; raises Failure ``wording_refused``.

    Whether anybody has that network ID is not looked at.
    """
    try:
        reference = one_line(case_number, most=LONGEST_REFERENCE)
    except WordingRefused as error:
        raise _refused(f"case number: {error}") from error

    async def proposing(asked: Services) -> Asked:
        proposals, proposal = asked.operations.proposals, None
        if not dry_run:
            proposal = await proposals.find(await proposals.open_case(None, wire, reference))
        case_id = "" if proposal is None else proposal.case_id
        return Asked(Proposed.UNMASK, case_id, proposal, await _approvers(asked))

    return with_services(home, proposing)


def act(home: Path | None, what: Proposed, case_id: str, words: Wording, *, dry_run: bool) -> Asked:
    """Propose to suspend in a case, or to lift that; raises Failure.

    ``case_unknown`` for no such case, ``not_possible`` where the case does not allow it now.
    """
    wanted = case_id.strip().upper()

    async def proposing(asked: Services) -> Asked:
        proposals, proposal = asked.operations.proposals, None
        case = await asked.operations.cases.find(wanted)
        if case.possible is not what:
            raise _not_possible(case, what)
        if not dry_run:
            proposal = await proposals.find(await proposals.propose(None, wanted, what, words))
        return Asked(what, wanted, proposal, await _approvers(asked))

    return _in_case(home, wanted, proposing)


def show(home: Path | None, wanted: str) -> tuple[Proposal, Case | None]:
    """Return a proposal, and the case it is in or has opened; raises Failure ``case_unknown``."""
    found = wanted.strip().upper()

    async def looking(asked: Services) -> tuple[Proposal, Case | None]:
        proposal = await asked.operations.proposals.find(found)
        try:
            return proposal, await asked.operations.cases.find(proposal.case_id)
        except Refusal:  # it is not opened yet, or never will be
            return proposal, None

    return _in_case(home, found, looking)


def read_words(what: Proposed, *, authority: str, reason: str) -> Wording:
    """Return the words of a proposal; raises Failure ``wording_refused``."""
    try:
        return wording(what, authority=authority, reason=reason)
    except WordingRefused as error:
        raise _refused(str(error)) from error


def as_json(home: Path | None, asked: Asked) -> dict[str, Any]:
    """Return what was proposed for machines; times in epoch seconds."""
    told: dict[str, Any] = {
        "act": asked.act.value,
        "case_id": asked.case_id or None,
        "approvals_needed": FEWEST_APPROVERS,
        "approvers": asked.approvers,
        "dry_run": asked.proposal is None,
    }
    if asked.proposal is not None:
        told |= {
            "proposal_id": asked.proposal.proposal_id,
            "approve_at": _address(home, asked.proposal),
            "expires_at": asked.proposal.expires_at,
        }
    return told


def as_text(home: Path | None, asked: Asked) -> str:
    """Return what was proposed for a person. In no frame: that would cut an address."""
    what = _ACTS[asked.act]
    if asked.act is not Proposed.UNMASK:
        what = f"{what} {asked.case_id}"
    few = ""
    if asked.approvers < FEWEST_APPROVERS:
        few = (
            f"\nOnly {asked.approvers} of the {FEWEST_APPROVERS} can approve at the moment: see "
            "`idp operators add --role support`."
        )
    if asked.proposal is None:
        return f"Would propose to {what}. Nothing was changed.{few}"
    until = datetime.fromtimestamp(asked.proposal.expires_at, UTC)
    handle = ""
    if asked.act is Proposed.UNMASK:
        handle = f"\nThen {asked.proposal.case_id} is the case on which to act."
    return (
        f"Proposed to {what}. Nothing has been done. Two operators must approve it, each with a "
        f"passkey of their own, until {until:%Y-%m-%d %H:%M} UTC:\n\n"
        f"  [bold]{escape(_address(home, asked.proposal))}[/]\n{handle}{few}"
    ).rstrip()


def shown_as_json(proposal: Proposal, case: Case | None) -> dict[str, Any]:
    """Return what became of a proposal, and its case as it is now, for machines."""
    return {
        "proposal_id": proposal.proposal_id,
        "act": proposal.act.value,
        "state": proposal.state.value,
        "approvals": _approvals(proposal),
        "approvals_needed": FEWEST_APPROVERS if proposal.drafted else 1,
        "proposed_at": proposal.proposed_at,
        "expires_at": proposal.expires_at if proposal.is_open else None,
        "case": None if case is None else {"case_id": case.case_id, "state": case.state.value},
    }


def shown_as_text(proposal: Proposal, case: Case | None) -> str:
    """Return the same for a person."""
    told = shown_as_json(proposal, case)
    state = proposal.state.value
    if proposal.is_open:
        state = f"open, {told['approvals']} of {told['approvals_needed']} approvals"
    lines = [f"{proposal.proposal_id}: {_ACTS[proposal.act]}: {state}."]
    if case is not None:
        lines.append(f"Case {case.case_id}: {_CASE_STATES[case.state.value]}.")
    return "\n".join(lines)


_CASE_STATES = {
    "nobody": "there is no account",
    "active": "not suspended in this case",
    "suspended": "suspended",
}


def _approvals(proposal: Proposal) -> int:
    if proposal.state.value == "approved":
        return FEWEST_APPROVERS if proposal.drafted else 1
    return int(proposal.drafted and not proposal.awaits_first and proposal.is_open)


def _address(home: Path | None, proposal: Proposal) -> str:
    return f"{settings_of(home).issuer.rstrip('/')}/operator/proposals/{proposal.proposal_id}"


async def _approvers(asked: Services) -> int:
    return sum(one.may_approve for one in await asked.operations.operators.everyone())


def _in_case(
    home: Path | None, case_id: str, work: Callable[[Services], Awaitable[Found]]
) -> Found:
    try:
        return with_services(home, work)
    except Refusal as refusal:
        if refusal.cause is Cause.NOT_FOUND:
            raise Failure(
                ExitCode.NO,
                "case_unknown",
                f"there is no case or proposal {case_id}: it was never approved, or is forgotten",
            ) from refusal
        raise Failure(
            ExitCode.NO, "not_possible", "somebody else has just proposed something in this case"
        ) from refusal


def _not_possible(case: Case, what: Proposed) -> Failure:
    if any(one.is_open for one in case.proposals):
        why = "another proposal is open there; it has to be decided first"
    elif case.possible is None:
        why = "nobody has that account any more, or nobody ever had"
    elif what is Proposed.SUSPEND:
        why = "the account is suspended in this case already"
    else:
        why = "the account is not suspended in this case"
    return Failure(ExitCode.NO, "not_possible", f"case {case.case_id}: {why}")


def _refused(text: str) -> Failure:
    return Failure(ExitCode.INPUT, "wording_refused", text)
