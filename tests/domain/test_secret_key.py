import pytest

from idp.domain.secret_key import SecretDomain, VersionedSecret

SECRET = b"canary-secret-canary-secret-32by"


def test_the_active_key_is_the_active_versions():
    assert VersionedSecret({1: SECRET, 2: SECRET[::-1]}, active=2).active_key == SECRET[::-1]


def test_a_secret_shows_its_versions_bytes_nowhere():
    secret = VersionedSecret({1: SECRET}, active=1)
    assert "canary" not in repr(secret)
    assert "canary" not in str(secret)


def test_versions_cannot_be_added_afterwards():
    given = {1: SECRET}
    secret = VersionedSecret(given, active=1)
    given[2] = SECRET
    assert list(secret.versions) == [1]
    with pytest.raises(TypeError):
        secret.versions[2] = SECRET  # type: ignore[index]


@pytest.mark.parametrize(
    ("versions", "active"),
    [
        ({}, 1),
        ({1: SECRET}, 2),
        ({0: SECRET}, 0),
        ({-1: SECRET}, -1),
        ({65536: SECRET}, 65536),
        ({1: SECRET[:-1]}, 1),
        ({1: SECRET + b"x"}, 1),
        ({1: SECRET, 2: b""}, 1),
    ],
)
def test_a_secret_without_sound_versions_is_refused_and_not_quoted(
    versions: dict[int, bytes], active: int
):
    with pytest.raises(ValueError, match="version") as raised:
        VersionedSecret(versions, active)
    assert "canary" not in str(raised.value)


def test_four_domains_have_a_secret_of_their_own():
    assert {domain.value for domain in SecretDomain} == {
        "link",
        "field",
        "dedup",
        "session",
        "audit",
    }
