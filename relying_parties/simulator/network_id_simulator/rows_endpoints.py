"""Faults of the endpoints that a platform's server asks, of userinfo, and of the person."""

from __future__ import annotations

from typing import Final, NamedTuple

from network_id_simulator.fault import Fault, Must


class _Endpoint(NamedTuple):
    """One endpoint, and whether a platform may have its answer from before, or do without."""

    name: str
    told_as: str
    spec: str
    may_sign_in: bool = False


class _Trouble(NamedTuple):
    """One way of answering badly."""

    name: str
    what: str
    mistake: str
    mend: str


_ENDPOINTS: Final = (
    _Endpoint(
        "discovery", "The discovery document", "OpenID Connect Discovery 1.0 §4.2", may_sign_in=True
    ),
    _Endpoint("jwks", "jwks_uri", "OpenID Connect Core 1.0 §10.1.1", may_sign_in=True),
    _Endpoint("token", "The token endpoint", "RFC 6749 §5.2"),
    _Endpoint(
        "userinfo", "The userinfo endpoint", "OpenID Connect Core 1.0 §5.3.3", may_sign_in=True
    ),
    _Endpoint("par", "The pushed authorization request endpoint", "RFC 9126 §2.3"),
)
_TROUBLES: Final = (
    _Trouble(
        "slow",
        "answers after half a minute.",
        "The answer is waited for without a time limit, and a worker with it.",
        "Set a time limit of some five seconds for the whole exchange, then offer to try again.",
    ),
    _Trouble(
        "503",
        "answers 503, with a page instead of JSON.",
        "The answer is read as JSON without looking at its status.",
        "Look at the status first; say that the provider is busy and offer to try again.",
    ),
    _Trouble(
        "garbage",
        "answers 200 with something that is not JSON.",
        "The answer is read without expecting anything else.",
        "Answer what cannot be read with a page that offers to try again.",
    ),
    _Trouble(
        "huge",
        "answers with many megabytes.",
        "The answer is read into memory, however long it is.",
        "Stop reading at some 256 KiB.",
    ),
    _Trouble(
        "redirect",
        "redirects to another address.",
        "Redirects are followed, and the client secret and the code go along.",
        "Follow no redirect of the provider's endpoints.",
    ),
)


def _troubles() -> tuple[Fault, ...]:
    return tuple(
        Fault(
            name=f"{endpoint.name}-{trouble.name}",
            group="endpoint",
            what=f"{endpoint.told_as} {trouble.what}",
            must=Must.STAND,
            spec=endpoint.spec,
            mistake=trouble.mistake,
            mend=trouble.mend,
            at=endpoint.name,
            may_sign_in=endpoint.may_sign_in,
        )
        for endpoint in _ENDPOINTS
        for trouble in _TROUBLES
    )


_SAME_SUB: Final = (
    "Compare sub of userinfo with sub of the ID token, and use nothing if they differ."
)

ROWS: Final = (
    Fault(
        name="userinfo-sub",
        group="userinfo",
        what="sub of userinfo is another person's network ID.",
        must=Must.REFUSE,
        spec="OpenID Connect Core 1.0 §5.3.2",
        mistake="The person is taken from userinfo, and not compared with the ID token.",
        mend=_SAME_SUB,
        at="userinfo",
    ),
    Fault(
        name="userinfo-sub-missing",
        group="userinfo",
        what="userinfo has no sub.",
        must=Must.REFUSE,
        spec="OpenID Connect Core 1.0 §5.3.2",
        mistake="sub is not compared, or only when there is one.",
        mend=_SAME_SUB,
        at="userinfo",
        may_sign_in=True,
    ),
    Fault(
        name="userinfo-extra",
        group="userinfo",
        what="userinfo has claims that nobody knows.",
        must=Must.SURVIVE,
        spec="OpenID Connect Core 1.0 §5.3.2",
        mistake="Unknown claims are refused.",
        mend="Ignore claims that you do not know.",
        at="userinfo",
    ),
    Fault(
        name="discovery-issuer",
        group="endpoint",
        what="The discovery document speaks for another issuer.",
        must=Must.REFUSE,
        spec="OpenID Connect Discovery 1.0 §4.3",
        mistake="The issuer is taken from the document, whatever it says.",
        mend="Compare issuer of the document with the one that you configured, byte for byte.",
        at="discovery",
        needs="A platform that starts anew, or fetches the document again.",
    ),
    Fault(
        name="discovery-extra",
        group="endpoint",
        what="The discovery document has members that nobody knows.",
        must=Must.SURVIVE,
        spec="OpenID Connect Discovery 1.0 §3",
        mistake="Unknown members are refused.",
        mend="Ignore members that you do not know.",
        at="discovery",
    ),
    *_troubles(),
    Fault(
        name="network-id-renewed",
        group="person",
        what="The person has renewed their network ID: it is a new one, and nothing tells whose.",
        must=Must.SURVIVE,
        spec="OpenID Connect Core 1.0 §5.7",
        mistake="The account is found by something other than the network ID: a cookie, a session.",
        mend="Find the account by the network ID alone; a new one is a new account.",
    ),
)
