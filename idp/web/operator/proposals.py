"""One proposal: approved by a second operator with a passkey, here and now, or declined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict
from starlette.routing import Route

from idp.domain.operator import Role
from idp.domain.refusal import Cause, Refusal
from idp.web.operator import door
from idp.web.operator.signin import answered
from idp.web.site import note, read_form
from idp.web.views import PasskeyPrompt

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

PATH = "/operator/proposals"
_SHOWN_AGAIN = frozenset({Cause.PASSKEY_REFUSED, Cause.PASSKEY_UNKNOWN})


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = ProposalPages(site)

    def support(page: door.Page) -> door.Endpoint:
        return door.operator_only(site, page, role=Role.SUPPORT)

    one = f"{PATH}/{{proposal_id}}"
    return [
        Route(one, support(pages.show), methods=["GET"]),
        Route(f"{one}/approve", support(pages.approve), methods=["POST"]),
        Route(f"{one}/decline", support(pages.decline), methods=["POST"]),
    ]


class ProposalPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._operations = site.services.operations

    async def show(self, request: Request, on_duty: OnDuty) -> Response:
        """Show a proposal, and to another operator the ceremony that approves it."""
        return await self._page(request, on_duty)

    async def approve(self, request: Request, on_duty: OnDuty) -> Response:
        """Approve with a passkey ceremony that was made for this proposal and this operator."""
        proposal_id = request.path_params["proposal_id"]
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, f"approve {proposal_id}")
        proposal = await self._operations.proposals.find(proposal_id)
        operator_id = on_duty.operator.operator_id
        if proposal.proposed_by == operator_id:
            raise Refusal(Cause.SELF_APPROVAL)
        try:
            await self._operations.passkeys.finish_approval(
                answered(self._site, request, form),
                proposal_id,
                operator_id,
                first=proposal.awaits_first,
            )
        except Refusal as refusal:
            if refusal.cause not in _SHOWN_AGAIN:
                raise
            note(request, refusal)
            return await self._page(request, on_duty, notice="passkey_not_recognised", status=400)
        if proposal.awaits_first:
            await self._operations.proposals.take_on(proposal_id, operator_id)
            return self._site.redirect(f"{PATH}/{proposal_id}")
        await self._operations.proposals.approve(proposal_id, operator_id)
        return self._site.redirect(f"/operator/cases/{proposal.case_id}")

    async def decline(self, request: Request, on_duty: OnDuty) -> Response:
        """Decline, or withdraw one's own."""
        proposal_id = request.path_params["proposal_id"]
        form = await read_form(request)
        door.check(self._site, request, on_duty, form, f"decline {proposal_id}")
        await self._operations.proposals.decline(proposal_id, on_duty.operator.operator_id)
        return self._site.redirect(f"{PATH}/{proposal_id}")

    async def _page(
        self, request: Request, on_duty: OnDuty, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site, operations = self._site, self._operations
        proposal_id = request.path_params["proposal_id"]
        proposal = await operations.proposals.find(proposal_id)
        own = proposal.proposed_by == on_duty.operator.operator_id
        ceremony = await operations.passkeys.start_approval(
            site.browser(request),
            proposal_id,
            on_duty.operator.operator_id,
            first=proposal.awaits_first,
        )
        names = {one.operator_id: one.name for one in await operations.operators.everyone()}
        shown: dict[str, object] = {
            "section": "cases",
            "proposal": proposal,
            "own": own,
            "proposer": names.get(proposal.proposed_by),
            "decider": names.get(proposal.decided_by or b""),
            "passkey": PasskeyPrompt(**asdict(ceremony)),
            "approve_csrf": door.token(site, request, on_duty, f"approve {proposal_id}"),
            "decline_csrf": door.token(site, request, on_duty, f"decline {proposal_id}"),
            "notice": notice,
            "back": f"{PATH}/{proposal_id}",
        }
        return door.render(site, request, on_duty, "proposal", shown, status=status)
