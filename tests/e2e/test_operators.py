"""Two operators with devices of their own suspend somebody and lift it again, for real."""

from playwright.sync_api import Browser, expect

from tests.support.browser import add_passkey_device, open_page
from tests.support.live_demo import LiveDemo
from tests.support.officer import Officer, invitation, officer
from tests.support.visitor import visit

REASON, AUTHORITY = "Order 4711/26: document reported as stolen.", "Harbour District Court"


def test_two_operators_suspend_somebody_and_lift_it_again(browser: Browser, demo: LiveDemo):
    with (
        visit(browser, demo) as person,
        officer(browser, demo, "Ada First", "support") as first,
        officer(browser, demo, "Ben Second", "support") as second,
    ):
        person.create_network_id()
        person.log_in(demo.shop)
        person.allow(remember=True)
        network_id = person.network_id(demo.shop)
        person.log_out(demo.shop)

        case = second.approve(first.ask_to_open(network_id, "AZ 4711/26"))
        second.approve(ask_to_suspend(first, case))
        expect(second.page.get_by_test_id("case-state")).to_have_text("suspended")

        person.log_in(demo.shop)
        expect(person.page.get_by_test_id("suspension-reason")).to_have_text(REASON)
        expect(person.page.get_by_test_id("suspension-authority")).to_have_text(AUTHORITY)
        person.page.get_by_test_id("suspended-object").click()
        person.page.get_by_test_id("objection").fill("It was found again.")
        person.page.get_by_test_id("object").click()
        expect(person.page.get_by_test_id("said")).to_be_visible()

        answer(second, "It was found again.", "We propose to lift it.")
        second.page.goto(case)
        second.page.get_by_test_id("case-reason").fill("The document was found.")
        first.approve(second.propose())

        person.page.goto(f"{demo.issuer}/account/suspension")
        expect(person.page.get_by_test_id("not-suspended")).to_be_visible()
        expect(person.page.get_by_test_id("appeal-reply")).to_have_text("We propose to lift it.")
        person.log_in(demo.shop)
        assert person.network_id(demo.shop) == network_id


def ask_to_suspend(one: Officer, case: str) -> str:
    """Propose a suspension; return the address of the proposal."""
    one.page.goto(case)
    one.page.get_by_test_id("case-authority").fill(AUTHORITY)
    one.page.get_by_test_id("case-reason").fill(REASON)
    return one.propose()


def answer(one: Officer, objection: str, reply: str) -> None:
    """Answer the objection that waits longest."""
    one.page.goto(f"{one.demo.issuer}/operator/appeals")
    one.page.get_by_test_id("appeals").get_by_role("link").first.click()
    expect(one.page.get_by_test_id("appeal-text")).to_have_text(objection)
    one.page.get_by_test_id("reply").fill(reply)
    one.page.get_by_test_id("answer").click()


def test_a_device_that_is_one_operator_already_refuses_to_be_another(
    browser: Browser, demo: LiveDemo
):
    with officer(browser, demo, "Cleo Twice", "support") as one:
        one.sign_out()
        one.open_link(invitation(demo, "Cleo Again", "support"))
        one.page.get_by_test_id("operator-make-passkey").click()
        expect(one.page.locator("[data-passkey-error]")).to_contain_text("already holds a passkey")


def test_the_secret_of_a_link_leaves_the_address_bar_and_reaches_no_server(
    browser: Browser, demo: LiveDemo
):
    link = invitation(demo, "Dora Careful", "auditor")
    secret = link.partition("#")[2]
    with open_page(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url + str(request.headers)))
        add_passkey_device(page)
        newcomer = Officer(page, demo)
        newcomer.open_link(link)
        assert secret not in page.url
        newcomer.make_passkey()
        assert [one for one in asked if secret in one] == []
        page.go_back()
        assert secret not in page.url


def test_an_operator_comes_back_with_the_passkey(browser: Browser, demo: LiveDemo):
    with officer(browser, demo, "Emil Returns", "auditor") as one:
        one.sign_out()
        one.sign_in()
        one.page.goto(f"{demo.issuer}/operator/audit")
        expect(one.page.get_by_test_id("audit")).to_be_visible()
