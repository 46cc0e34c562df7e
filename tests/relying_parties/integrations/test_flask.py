"""What is Flask's alone: bodies that are read before, contexts that are there before."""

from collections.abc import Callable

import flask
import pytest

from tests.support.framework_sites import Site, site
from tests.support.simulated_logout import SID, logout_token
from tests.support.simulated_provider import SimulatedProvider
from tests.support.time import FrozenClock


@pytest.fixture
def flask_site(provider: SimulatedProvider, clock: FrozenClock) -> Site:
    return site("flask", provider, clock)


def app_of(flask_site: Site) -> flask.Flask:
    app = vars(flask_site.client)["_transport"].app
    assert isinstance(app, flask.Flask)
    return app


READERS: dict[str, Callable[[flask.Request], object]] = {
    "its form": lambda request: request.form.get("csrf"),
    "its octets": flask.Request.get_data,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_logout_by_the_provider_holds_where_the_application_reads_each_body_first(
    flask_site: Site, reader: str
):
    @app_of(flask_site).before_request
    def read() -> None:
        READERS[reader](flask.request)

    flask_site.provider.change_claims = lambda claims: claims.update(sid=SID)
    visitor = flask_site.visitor()
    visitor.sign_in()
    form = {"logout_token": logout_token(flask_site.provider)}
    assert flask_site.visitor().post("/backchannel-logout", form).status == 200
    assert not visitor.is_known()


def test_within_one_application_context_each_request_is_its_own_browsers(flask_site: Site):
    with app_of(flask_site).app_context():  # as in many a test's fixture
        first, second = flask_site.visitor(), flask_site.visitor()
        assert not first.is_known()
        first.sign_in()
        assert first.is_known()
        assert not second.is_known()
