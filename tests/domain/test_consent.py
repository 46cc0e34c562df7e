from idp.domain.consent import joined
from idp.domain.release import covers, news
from idp.domain.resource import MAX_SCOPES_OF_CLIENT, Catalogue, Resource, item_of

API = Resource("https://records.example/api", "records", {}, {"records:read": {"": "Read"}})


def test_what_was_allowed_before_stays_allowed_as_long_as_it_fits():
    old = frozenset({"openid", "r:1", "r:2"})
    assert joined(frozenset({"openid", "r:3"}), old) == {"openid", "r:1", "r:2", "r:3"}
    full = frozenset({"openid", "age_over_18", *(f"r:{n}" for n in range(MAX_SCOPES_OF_CLIENT))})
    assert joined(frozenset({"openid", "r:new"}), full) == {"openid", "age_over_18", "r:new"}


def test_a_sign_in_includes_the_network_id_and_not_the_other_way_about():
    signed_in, known = frozenset({"openid"}), frozenset({"network_id"})
    assert covers(signed_in, known)
    assert not covers(known, signed_in)
    assert news(known, signed_in) == {"openid"}


def test_an_item_is_of_one_scope_at_one_resource_with_these_words():
    others = (
        Resource("https://records.example/api/", "records", {}, {"records:read": {"": "Read"}}),
        Resource(API.identifier, "records", {}, {"records:read": {"": "Sell"}}),
    )
    items = {item_of(one, "records:read") for one in (API, *others)}
    assert len(items | {item_of(API, "records:write")}) == 4
    french = Resource(API.identifier, "new", {}, {"records:read": {"": "Read", "fr": "Lire"}})
    assert item_of(french, "records:read") in items


def test_words_of_a_resource_that_is_gone_are_still_known():
    gone = Catalogue.of([], [API])
    item = item_of(API, "records:read")
    assert gone.told([item, "openid"], "en") == {
        item: "https://records.example/api (https://records.example/api): Read"
    }
    assert not gone.offers(item)
    assert Catalogue.of([API], [API]).offers(item)
    assert gone.by_scope == {}
