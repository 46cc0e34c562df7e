"""Operators' pages, and what they lead to on the page of a suspended person.

The visitor is the second operator; the first one, who proposes, works in another browser. The
persona `elder` is suspended meanwhile and free again at the end.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from playwright.sync_api import Page, expect

from tests.support.in_chinese import Fleeting
from tests.support.officer import Officer, invitation, officer
from tests.support.states_registry import drafted
from tests.support.visitor import Visitor

REASON = "Order 4711/26 of 3 November: identity document reported as stolen."
AUTHORITY = "Harbour District Court"


def operators(visitor: Visitor) -> Iterator[str]:
    """Join, refuse, propose, approve, suspend, object, answer, lift. Leaves nobody signed in."""
    visitor.forget()  # whoever was signed in before
    yield from objecting(visitor)
    visitor.log_in(visitor.demo.shop)
    visitor.choose("elder")
    visitor.allow()
    network_id = visitor.network_id(visitor.demo.shop)
    visitor.forget()
    yield from joining(visitor)
    with ExitStack() as stack:
        browser = visitor.page.context.browser
        assert browser is not None
        first = stack.enter_context(officer(browser, visitor.demo, "First Operator", "support"))
        yield from acting(visitor, first, network_id)
    Officer(visitor.page, visitor.demo).sign_out()


def objecting(visitor: Visitor) -> Iterator[str]:
    """The page about suspensions: of somebody free, and of somebody suspended who objects."""
    page, address = visitor.page, f"{visitor.demo.issuer}/account/suspension"
    page.goto(f"{visitor.demo.issuer}/transparency")
    yield "transparency"
    page.goto(f"{visitor.demo.issuer}/signin?then=/account/suspension")
    visitor.choose("adult")
    expect(page.get_by_test_id("not-suspended")).to_be_visible()
    yield "suspension none"
    visitor.forget()
    page.goto(f"{visitor.demo.issuer}/signin?then=/account/suspension")
    visitor.choose("suspended")
    expect(page.get_by_test_id("suspension")).to_be_visible()
    if page.get_by_test_id("objection").count():
        yield "suspension"
        page.get_by_test_id("objection").evaluate("field => { field.value = ' ' }")
        page.get_by_test_id("object").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "suspension nothing written"
        page.get_by_test_id("objection").fill("I never lost the document.\nAsk the office.")
        page.get_by_test_id("object").click()
        expect(page.get_by_test_id("said")).to_be_visible()
    page.goto(address)
    yield "suspension objected"
    visitor.forget()


def joining(visitor: Visitor) -> Iterator[str]:
    """The way in for an operator who has no passkey yet."""
    page, issuer = visitor.page, visitor.demo.issuer
    page.goto(f"{issuer}/operator")
    yield "operator signin"
    open_a_link_of_nonsense(page, issuer)
    yield Fleeting("operator join", lambda: open_a_link_of_nonsense(page, issuer))
    page.get_by_test_id("operator-join").click()
    expect(page.get_by_test_id("link-refused")).to_be_visible()
    yield "operator link not valid"
    second = Officer(page, visitor.demo)
    second.open_link(invitation(visitor.demo, "第二位 Operator", "support"))
    yield "operator join passkey"
    visitor.take()  # of two passkeys for one address the browser would use either
    second.make_passkey()
    yield "operator overview"
    page.goto(f"{issuer}/operator/audit")
    yield "operator other role"


def open_a_link_of_nonsense(page: Page, issuer: str) -> None:
    """Open a link with a secret that is none; the page takes it from the address bar."""
    page.goto(f"{issuer}/operator/join#nonsense")
    expect(page.get_by_test_id("operator-link")).to_have_value("nonsense")


def acting(visitor: Visitor, first: Officer, network_id: str) -> Iterator[str]:
    """Cases and proposals, as the second operator sees them."""
    page, issuer = visitor.page, visitor.demo.issuer
    second = Officer(page, visitor.demo)
    page.goto(f"{issuer}/operator/cases/new")
    page.get_by_test_id("case-network-id").fill("BY7Q2")
    page.get_by_test_id("case-reference").fill("AZ 4711/26")
    page.get_by_test_id("propose").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "operator case new mistyped"
    opening = first.ask_to_open(network_id, "AZ 4711/26")
    page.goto(opening)
    yield "operator proposal"
    case = second.approve(opening)
    yield "operator case"
    yield from drafted(visitor, first, network_id)
    first.page.goto(case)
    first.page.get_by_test_id("case-authority").fill(AUTHORITY)
    first.page.get_by_test_id("case-reason").fill(REASON)
    suspending = first.propose()
    page.goto(f"{issuer}/operator/cases")
    yield "operator cases"
    page.goto(suspending)
    yield "operator proposal to suspend"
    second.approve(suspending)
    yield "operator case suspended"
    yield from lifting(visitor, first)


def lifting(visitor: Visitor, first: Officer) -> Iterator[str]:
    """Lift the suspension of the case that the browser shows; then objections and the log."""
    page, issuer = visitor.page, visitor.demo.issuer
    page.get_by_test_id("case-reason").fill("The document was found.")
    proposal = Officer(page, visitor.demo).propose()
    yield "operator proposal of ones own"
    first.approve(proposal)
    page.goto(proposal)
    yield "operator proposal done"
    page.goto(f"{issuer}/operator/appeals")
    yield "operator appeals"
    page.get_by_test_id("appeals").get_by_role("link").first.click()
    yield "operator appeal"
    # The roles of somebody known are replaced at once, without the new link being used.
    invitation(visitor.demo, "第二位 Operator", "auditor", "support", "registrar")
    page.goto(f"{issuer}/operator/audit")
    expect(page.get_by_test_id("audit")).to_be_visible()
    yield "operator audit"
    yield from handing_out(visitor)


def handing_out(visitor: Visitor) -> Iterator[str]:
    """The registrar's page, what it says of a date that was not, and the slip."""
    page = visitor.page
    page.goto(f"{visitor.demo.issuer}/operator/registrar")
    expect(page.get_by_test_id("registrar-issue")).to_be_visible()
    yield "operator registrar"
    page.locator("form").last.evaluate("form => form.noValidate = true")
    _evidence(visitor, "1850-01-01")
    expect(page.get_by_test_id("registrar-fault")).to_be_visible()
    yield "operator registrar refused"
    _evidence(visitor, "1985-04-12")
    expect(page.get_by_test_id("slip-code")).to_be_visible()
    yield "operator slip"


def _evidence(visitor: Visitor, birth_date: str) -> None:
    """Type what a document says, and ask for the slip."""
    page = visitor.page
    page.get_by_test_id("registrar-country").select_option("GB")
    page.get_by_test_id("registrar-document").select_option(index=0)
    page.get_by_test_id("registrar-number").fill("WALK 100 001")
    page.get_by_test_id("registrar-birth-date").fill(birth_date)
    page.get_by_test_id("registrar-issue").click()
