"""What is Django's alone: asynchronous views, its own session and user, classes as views."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page
from network_id.integrations.django import NetworkID

from tests.support.framework_sites import Site, Visitor, site
from tests.support.simulated_logout import SID, logout_token
from tests.support.simulated_provider import SimulatedProvider
from tests.support.time import FrozenClock


@pytest.fixture
def django_site(provider: SimulatedProvider, clock: FrozenClock) -> Site:
    return site("django", provider, clock)


@pytest.fixture
def network_id(django_site: Site) -> NetworkID:
    assert isinstance(django_site.id, NetworkID)
    return django_site.id


@pytest.fixture
def signed_in(django_site: Site) -> Visitor:
    django_site.provider.change_claims = lambda claims: claims.update(sid=SID)
    visitor = django_site.visitor()
    visitor.sign_in()
    return visitor


def request_of(visitor: Visitor) -> Any:
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return RequestFactory().get("/members", headers={"cookie": cookies})


def test_an_asynchronous_view_is_behind_the_same_check(network_id: NetworkID, signed_in: Visitor):
    @network_id.required
    async def members(request: Any) -> HttpResponse:
        sign_in = await network_id.acurrent(request)
        assert sign_in is not None
        return HttpResponse(sign_in.display)

    view = async_to_sync(members)
    assert view(request_of(signed_in)).content.decode() == signed_in.get("/").text
    assert view(RequestFactory().get("/members")).status_code == 303


def test_a_page_behind_the_check_is_shown_to_nobody_else_out_of_the_cache(
    django_site: Site, network_id: NetworkID, signed_in: Visitor
):
    @cache_page(60)
    @network_id.required
    def members(request: Any) -> HttpResponse:
        sign_in = network_id.current(request)
        assert sign_in is not None
        return HttpResponse(sign_in.display)

    cache.clear()
    assert members(request_of(signed_in)).content.decode() == signed_in.get("/").text
    assert members(request_of(django_site.visitor())).status_code == 303


def test_an_asynchronous_class_is_behind_the_same_check(network_id: NetworkID, signed_in: Visitor):
    @method_decorator(network_id.required, name="dispatch")
    class Members(View):  # type: ignore[misc]  # Django has no types
        async def get(self, _request: Any) -> HttpResponse:
            return HttpResponse("members")

    answer = async_to_sync(Members.as_view())(request_of(signed_in))
    assert (answer.content, answer.headers["Cache-Control"]) == (b"members", "private")


def test_a_class_is_behind_the_same_check(network_id: NetworkID, signed_in: Visitor):
    @method_decorator(network_id.required, name="dispatch")
    class Members(View):  # type: ignore[misc]  # Django has no types
        def get(self, _request: Any) -> HttpResponse:
            return HttpResponse("members")

    view = Members.as_view()
    assert view(request_of(signed_in)).content == b"members"
    assert view(RequestFactory().get("/members")).status_code == 303


def test_django_s_own_session_ends_with_the_sign_in(network_id: NetworkID, signed_in: Visitor):
    class Session(dict[str, Any]):
        def flush(self) -> None:
            self.clear()

    def session_after() -> Session:
        request = request_of(signed_in)
        request.session = Session(network_id="of this person", _auth_user_id="7")
        network_id.middleware(lambda _: HttpResponse())(request)
        return request.session  # type: ignore[no-any-return]

    assert session_after()["_auth_user_id"] == "7"
    token = logout_token(signed_in.site.provider)
    assert (
        signed_in.site.visitor().post("/backchannel-logout", {"logout_token": token}).status == 200
    )
    assert session_after() == {}


def test_a_session_that_is_not_ours_is_left_alone(network_id: NetworkID):
    request = RequestFactory().get("/")
    request.session = {"_auth_user_id": "an operator who signs in by other means"}
    network_id.middleware(lambda _: HttpResponse())(request)
    assert request.session
