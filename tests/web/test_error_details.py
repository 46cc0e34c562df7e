"""What developers find on an error page, in a JSON error, and at the address that it names."""

import html
import re
from urllib.parse import urlsplit

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.protocol.causes import outcome
from idp.web.error_details import developer_view, report
from idp.web.words_errors import error_text
from tests.support import pushing
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

CANARY = "s3cret-of-this-client"


def report_of(page: Answer) -> str:
    """The plain text of an error page, as the button copies it."""
    found = re.search(r'data-testid="report">(.*?)</pre>', page.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


async def test_the_report_says_all_of_it_in_lines_to_paste(platform: Platform, visitor: Browser):
    page = await visitor.get(platform.address(redirect_uri="https://shop.example/callback/"))
    issuer = platform.provider.issuer
    assert report_of(page).splitlines() == [
        "code: redirect_uri_mismatch",
        f"request id: {page.headers['x-request-id']}",
        f"time: {re.search('[0-9: -]+ UTC', page.text)[0].strip()}",  # type: ignore[index]
        f"provider: {issuer}",
        "status: 400 invalid_request",
        "meaning: redirect_uri is not one that the client registered.",
        "parameter: redirect_uri",
        f"client_id: {platform.client_id}",
        "sent: https://shop.example/callback/",
        "registered: https://shop.example/callback",
        "first difference: character 30: / was sent, the end is registered",
        "likely: Only the slash at the end differs.",
        "specification: RFC 9700 §2.1",
        f"reference: {issuer}/errors/redirect_uri_mismatch",
    ]


async def test_people_read_plain_words_first_and_developers_unfold_theirs(
    platform: Platform, visitor: Browser
):
    page = await visitor.get(platform.address(redirect_uri="https://shop.example/x"))
    words = error_text("redirect_uri_mismatch")
    assert page.text.index(words.title) < page.text.index('<details class="developer"')
    before = page.text[: page.text.index('<details class="developer"')]
    assert "redirect_uri " not in before


async def test_all_registered_addresses_are_listed_the_nearest_first(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(
        provider,
        redirect_uris=["https://shop.example/a", "https://shop.example/b", "http://localhost/c"],
    )
    page = await visitor.get(platform.address(redirect_uri="http://localhost:5000/C"))
    told = [line for line in report_of(page).splitlines() if "registered" in line.split(":")[0]]
    assert told == [
        "registered: http://localhost:5000/c",  # the port is free, so it is not what differs
        "also registered: https://shop.example/a",
        "also registered: https://shop.example/b",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": None}, "client_id_missing"),
        ({"client_id": "<b>\u202eevil"}, "unknown_client"),
        ({"redirect_uri": None}, "redirect_uri_missing"),
        ({"redirect_uri": 'https://shop.example/"><script>x</script>\u202e'}, None),
        ({"request_uri": "https://shop.example/<b>"}, "request_uri_not_registered"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:none"}, "pushed_request_unknown"),
        ({"request": "e30.e30.e30"}, "request_object_refused"),
    ],
)
async def test_what_was_sent_is_shown_and_does_nothing(
    platform: Platform, visitor: Browser, changes: dict[str, str | None], code: str | None
):
    page = await visitor.get(platform.address(**changes))
    assert (page.status, page.error_code()) == (400, code or "redirect_uri_mismatch")
    assert "<b>" not in page.text
    assert "<script>" not in page.text
    assert "\u202e" not in page.text
    assert f"/errors/{page.error_code()}" in page.text


async def test_a_secret_in_the_address_is_shown_nowhere(platform: Platform, visitor: Browser):
    """Some libraries put it there by mistake; the page is what gets pasted into an issue."""
    wrong = platform.address(redirect_uri="https://shop.example/x", client_secret=CANARY)
    page = await visitor.get(wrong)
    assert page.status == 400
    assert CANARY not in re.sub(r'href="[^"]*"', "", page.text)
    assert CANARY not in report_of(page)


async def test_what_only_a_person_can_mend_has_no_part_for_developers(visitor: Browser):
    page = await visitor.get("/signin?interaction=changed")
    assert page.error_code() == "interaction_invalid"
    assert 'data-testid="developer"' not in page.text
    assert report_of(page).startswith("code: interaction_invalid\n")


@pytest.mark.parametrize("cause", Cause)
def test_every_refusal_has_a_report_that_is_plain_text(cause: Cause):
    refusal = Refusal(cause, client_id="\u202e\x00", problem="a\r\nb", limit="9" * 1000)
    view = developer_view(refusal, every=True)
    text = report(refusal, view, request_id="0", at=0, issuer="https://id.example")
    assert re.fullmatch(r"[ -~§\n]+", text)
    assert text.splitlines()[-1].startswith("reference: https://id.example/errors/")
    assert len(text) < 1500


# JSON and redirects


@pytest.mark.spec("RFC 6749 §5.2")
async def test_a_program_is_told_where_the_code_is_explained(platform: Platform, visitor: Browser):
    answer = await platform.redeem("unknown")
    told = answer.json()
    assert told["error_uri"] == f"{platform.provider.issuer}/errors/code_unknown"
    page = await visitor.get(urlsplit(told["error_uri"]).path)
    assert page.status == 200
    assert "No such code was given" in page.text


@pytest.mark.spec("RFC 6749 §4.1.2.1")
async def test_a_client_is_told_the_code_in_the_redirect(platform: Platform, visitor: Browser):
    answer = await visitor.get(platform.address(response_type="token"))
    query = answer.location_query
    assert query["error"] == "unsupported_response_type"
    assert query["error_uri"].endswith("/errors/response_type_unsupported")
    assert (await visitor.get(urlsplit(query["error_uri"]).path)).status == 200


@pytest.mark.spec("RFC 9126 §2.3")
async def test_pushed_by_mistake_both_addresses_are_told(platform: Platform):
    answer = await pushing.push(platform, redirect_uri="https://shop.example/callbacK")
    assert answer.json()["error_description"] == (
        outcome(Cause.REDIRECT_URI_MISMATCH).description
        + " Sent: https://shop.example/callbacK. Registered: https://shop.example/callback."
        " They differ from character 29 on."
    )


@pytest.mark.parametrize(
    ("grant_type", "told"),
    [
        (
            "password",
            "Supported: authorization_code, refresh_token, client_credentials. Sent: password.",
        ),
        ("client_credentials", "Registered: authorization_code. Sent: client_credentials."),
    ],
)
async def test_a_grant_type_is_told_beside_those_that_would_be_taken(
    platform: Platform, grant_type: str, told: str
):
    answer = await platform.redeem("any", grant_type=grant_type)
    assert answer.json()["error_description"].endswith(told)


# The reference


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_code_has_a_page_in_every_language(visitor: Browser, language: str):
    for cause in Cause:
        page = await visitor.get(f"/errors/{cause}", {"accept-language": language})
        assert page.status == 200
        assert html.escape(outcome(cause).description) in page.text


async def test_the_list_leads_to_every_code(visitor: Browser):
    page = await visitor.get("/errors")
    assert page.status == 200
    assert all(f'href="/errors/{cause}"' in page.text for cause in Cause)


@pytest.mark.parametrize("code", ["nothing", "REDIRECT_URI_MISMATCH", "%3Cb%3E", "a/b"])
async def test_a_code_that_is_none_is_not_found(visitor: Browser, code: str):
    page = await visitor.get(f"/errors/{code}")
    assert (page.status, page.error_code()) == (404, "not_found")
