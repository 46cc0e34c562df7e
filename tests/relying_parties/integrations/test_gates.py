"""Pages for some people only, in every framework: signed in, or old enough."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.framework_sites import HOME, Build, Site, Visitor


def asked_for(url: str) -> list[str]:
    """The age answers that a request at the provider asks for."""
    claims = parse_qs(urlsplit(url).query).get("claims", ["{}"])[0]
    return list(json.loads(claims).get("id_token", {}))


def test_whoever_is_not_signed_in_logs_in_first_and_comes_back(visitor: Visitor):
    answer = visitor.get("/members?page=2&word=%C3%A9")
    assert answer.status == 303
    assert answer.location == "/login?next=%2Fmembers%3Fpage%3D2%26word%3D%25C3%25A9"
    url = visitor.get(answer.location).location
    assert visitor.come_back(url).location == f"{HOME}/members?page=2&word=%C3%A9"
    assert visitor.get("/members").text == "members"


def test_what_a_platform_always_asks_is_asked(make_site: Build):
    url = make_site(ask={"max_age": 300, "prompt": "login"}).visitor().begin("?age=18")
    query = parse_qs(urlsplit(url).query)
    assert (query["max_age"], query["prompt"]) == (["300"], ["login"])
    assert asked_for(url) == ["age_over_18"]


@pytest.mark.spec("RFC 9111 §5.2.2.7")
def test_no_shared_cache_keeps_a_page_behind_the_gate(visitor: Visitor):
    visitor.sign_in()
    passed = visitor.get("/members")
    assert passed.text == "members"
    assert passed.headers["cache-control"] == "private"
    assert "cookie" in passed.headers["vary"].lower()
    assert "private" not in visitor.get("/").headers.get("cache-control", "")


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_a_script_is_told_and_not_sent_to_another_site(visitor: Visitor, mode: str):
    answer = visitor.get("/members", sec_fetch_mode=mode)
    assert (answer.status, answer.refusal) == (401, "login-needed")


def test_a_form_of_somebody_who_is_signed_in_no_longer_is_not_swallowed(visitor: Visitor):
    answer = visitor.post("/members", {"text": "long"})
    assert (answer.status, answer.refusal) == (401, "login-needed")
    assert 'href="/login"' in answer.text
    visitor.sign_in()
    assert visitor.post("/members", {"text": "long"}).text == "members"


def test_an_age_is_asked_when_it_is_needed_and_then_known(visitor: Visitor, site: Site):
    assert asked_for(visitor.begin()) == []
    visitor.sign_in()
    answer = visitor.get("/cellar")
    assert answer.location == "/login?next=%2Fcellar&age=18"
    url = visitor.get(answer.location).location
    assert asked_for(url) == ["age_over_18"]
    site.provider.ages = {"age_over_18": True}
    assert visitor.come_back(url).location == f"{HOME}/cellar"
    assert visitor.get("/cellar").text == "cellar"


def test_over_18_is_over_14_too_and_nothing_more_is_asked(visitor: Visitor, site: Site):
    site.provider.ages = {"age_over_18": True}
    visitor.sign_in("?age=18")
    assert visitor.get("/park").text == "park"


def test_who_is_too_young_is_told_so_and_may_be_asked_again(visitor: Visitor, site: Site):
    site.provider.ages = {"age_over_18": False}
    visitor.sign_in("?age=18")
    answer = visitor.get("/cellar")
    assert (answer.status, answer.refusal) == (403, "too-young")
    assert "people over 18" in answer.text
    assert 'href="/login?next=%2Fcellar&amp;age=18"' in answer.text
    assert visitor.is_known()
    # Under 14 is not said by under 18, and what is known is asked again beside it.
    url = visitor.get(visitor.get("/park").location).location
    assert asked_for(url) == ["age_over_14", "age_over_18"]


@pytest.mark.parametrize("age", [0, -1, 151, 18.0, "18", True])
def test_an_age_that_none_is_makes_no_gate(site: Site, age: Any):
    integration: Any = site.id
    with pytest.raises(ValueError, match="an age in years"):
        integration.required.over(age)


def test_under_14_is_under_18_too(visitor: Visitor, site: Site):
    site.provider.ages = {"age_over_14": False}
    visitor.sign_in("?age=14")
    assert visitor.get("/cellar").refusal == "too-young"


def test_a_question_without_an_answer_ends_and_is_not_asked_for_ever(visitor: Visitor):
    answer = visitor.sign_in("?age=18&next=/cellar")
    assert (answer.status, answer.refusal) == (403, "age-not-told")
    assert 'href="/login?next=%2Fcellar&amp;age=18"' in answer.text
    assert not visitor.is_known()


def test_whoever_logs_in_after_another_need_not_answer_what_that_one_was_asked(
    visitor: Visitor, site: Site
):
    site.provider.ages = {"age_over_18": True}
    visitor.sign_in("?age=18")
    site.provider.ages = {}  # somebody else, who answers nothing
    assert visitor.sign_in().status == 303
    assert visitor.is_known()
    assert visitor.get("/cellar").location == "/login?next=%2Fcellar&age=18"


def test_ages_that_a_platform_always_needs_are_asked_at_each_login(make_site: Build):
    visitor = make_site(ages=(18,)).visitor()
    assert asked_for(visitor.begin()) == ["age_over_18"]
    assert asked_for(visitor.begin("?age=16")) == ["age_over_16", "age_over_18"]


def test_an_age_that_is_none_is_not_asked(visitor: Visitor):
    assert asked_for(visitor.begin("?age=151")) == []


def test_behind_a_proxy_that_takes_a_prefix_away_people_come_back_to_it(make_site: Build):
    visitor = make_site(url="http://localhost:8000/shop").visitor()
    assert visitor.get("/members").location == "/shop/login?next=%2Fshop%2Fmembers"


def test_a_path_in_other_letters_comes_back_as_it_was(make_site: Build):
    site = make_site()
    visitor = site.visitor()
    visitor.sign_in("?next=/caf%25C3%25A9")
    assert visitor.sign_in("?next=/caf%25C3%25A9").location == f"{HOME}/caf%C3%A9"
