"""A sample context for every page and every state of it: what tests look at and measure."""

from collections.abc import Mapping
from typing import Final

from idp.domain.audit import COUNTED, Month
from idp.domain.mismatch import address
from idp.domain.person import SuspensionNotice
from idp.domain.refusal import Cause, Refusal
from idp.protocol import reference
from idp.protocol.causes import outcome
from idp.services.tree_heads import Published
from idp.web import views
from idp.web.error_details import developer_view, report

SHOP: Final = views.ClientView(
    name="Harbour Shop",
    policy_uri="https://shop.example/privacy",
    tos_uri="https://shop.example/terms",
    alternative="You can also buy as a guest.",
)
LONG: Final = views.ClientView(
    name="Gesellschaft für außergewöhnlich langnamige Informationsvermittlungsdienstleistungen mbH"
)
RIGHT_TO_LEFT: Final = views.ClientView(name="مكتبة النهر", policy_uri="https://river.example/")
PERSONAS: Final = (
    views.PersonaView("adult", "Ordinary adult", "adult"),
    views.PersonaView("minor", "Minor of 15", "minor"),
    views.PersonaView(
        "elder", "一位名字特别长的年长公民用来查看很长的标签怎样换行", "elder", lang="zh-Hans"
    ),
    views.PersonaView("rtl", "مواطن بالغ يكتب من اليمين إلى اليسار", "rtl", "rtl", "ar"),
    views.PersonaView("suspended", "Suspended account", "suspended"),
    views.PersonaView("newcomer", "First visit anywhere", "newcomer"),
)
CITIZENS: Final = (
    views.CitizenView("citizen-01", "Sandbox citizen 1", "1981"),
    views.CitizenView("another", "مواطن", "", "rtl", "ar"),
)
NETWORK_ID: Final = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
CHALLENGE: Final = "AAAAAAAAAAAAAAAAAAAAAA"
GET_OPTIONS: Final = {
    "challenge": CHALLENGE,
    "rpId": "id.example",
    "userVerification": "required",
    "allowCredentials": [],
    "timeout": 60000,
}
CREATE_OPTIONS: Final = {
    "challenge": CHALLENGE,
    "rp": {"id": "id.example", "name": "Network ID"},
    "user": {"id": CHALLENGE, "name": "Network ID", "displayName": "Network ID"},
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    "attestation": "none",
    "timeout": 60000,
}
NOTICES: Final = (
    SuspensionNotice("sandbox-demonstration", "Registry Office"),
    SuspensionNotice("A court order.", "District Court", 20_780, "7K3F-9QWX-2B4M"),
)
BACK: Final = "https://shop.example/callback?error=access_denied"
_FORM: Final = {"csrf": "c5rf", "interaction": "sealed"}
_CONSENT: Final = _FORM | {"is_sign_in": True, "permissions": (), "stays_until": None}
_PASSKEY: Final = views.PasskeyPrompt(GET_OPTIONS, "sealed")
_CONTACT: Final = {
    "signed_in": True,
    "section": "recovery",
    "csrf": "c5rf",
    "address": "",
    "asked": "",
}
KEPT: Final = {
    "kept_days": 90,
    "later_days": 3,
    "cooling_off_days": 180,
    "backup_days": 35,
    "suspended_years": 3,
}
_ISSUER: Final = "https://id.example"
_ERROR: Final = {"request_id": "4f1d9c0a77e3b2", "utc_time": 1_795_476_065}


def of(refusal: Refusal, *, every: bool = True) -> dict[str, object]:
    """The context of the error page for a refusal."""
    developer = developer_view(refusal, every=every)
    return _ERROR | {
        "page": outcome(refusal.cause).page,
        "code": refusal.cause.value,
        "developer": developer,
        "report": report(
            refusal, developer, request_id="4f1d9c0a77e3b2", at=1_795_476_065, issuer=_ISSUER
        ),
    }


def _code(cause: Cause) -> dict[str, object]:
    entry = reference.entry(cause)
    facts = {"cause": cause.value, "entry": entry, "outcome": outcome(cause)}
    return facts | {"status": reference.statuses(cause), "on_page": reference.on_a_page(entry)}


_LONG: Final = f"http://www.shop.example:8080/{'a-rather-long-path/' * 12}?b=\u202e<b>"
_REGISTERED: Final = (
    "https://shop.example/callback",
    *(f"https://shop.example/callback/{number}" for number in range(12)),
    "http://localhost/callback",
    "com.example.shop:/callback",
)

SAMPLES: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "signin": (
        "signin.html",
        _FORM
        | {"client": SHOP, "personas": PERSONAS, "passkey": _PASSKEY}
        | {"create_url": "/create", "deny_url": BACK},
    ),
    "signin refused": (
        "signin.html",
        _FORM
        | {"client": LONG, "personas": PERSONAS, "passkey": _PASSKEY, "deny_url": BACK}
        | {"notice": "passkey_not_recognised"},
    ),
    "signin without a platform": ("signin.html", {"csrf": "c5rf", "passkey": _PASSKEY}),
    "select account": (
        "select_account.html",
        _FORM | {"client": SHOP, "deny_url": BACK, "since": 1_767_225_600},
    ),
    "consent": (
        "consent.html",
        _CONSENT
        | {"client": SHOP, "purpose": "To keep your orders for you.", "network_id": NETWORK_ID}
        | {
            "values": [views.ConsentValue("age_over_18", value=True)],
            "minutes": 10,
            "other_url": BACK,
        },
    ),
    "consent to something new": (
        "consent.html",
        _CONSENT
        | {"client": RIGHT_TO_LEFT, "purpose": "منتدى للبالغين", "minutes": 1, "other_url": BACK}
        | {"values": [views.ConsentValue("age_over_65", value=False)], "is_new": ["age_over_65"]},
    ),
    "consent for a long name": (
        "consent.html",
        _CONSENT
        | {"client": LONG, "purpose": "x" * 90, "values": [], "minutes": 10, "other_url": BACK},
    ),
    "create": ("create.html", _FORM | {"citizens": CITIZENS}),
    "create with nobody left": ("create.html", _FORM | {"citizens": []}),
    "create passkey": (
        "create_passkey.html",
        {"csrf": "c5rf", "enrolment": "sealed", "challenge": "sealed", "options": CREATE_OPTIONS}
        | {"action": "/enrol/passkey"},
    ),
    "enrol": (
        "enrol.html",
        _FORM
        | {"code_url": "/enrol/code", "sandbox_url": "/create"}
        | {"upstreams": [views.UpstreamView("eid", "Gesellschaft für Bürgerausweise")]},
    ),
    "enrol code": (
        "enrol_code.html",
        _FORM | {"fault": None, "typed": "", "ways_url": "/enrol"},
    ),
    "enrol code wrong": (
        "enrol_code.html",
        _FORM | {"fault": "code_check", "typed": "7KQX2-M9P4U", "ways_url": "/enrol"},
    ),
    "enrol known": ("enrol_known.html", {"days": 7, "recover_url": "/recover/passkey"}),
    "enrol cooling off": ("enrol_cooling_off.html", {"until": 20_634}),
    "created": ("created.html", {"continue_url": "/continue"}),
    "home": ("home.html", {"create_url": "/create"}),
    "account closed": ("account_closed.html", {"backup_days": 35}),
    "signout": (
        "signout.html",
        {
            "csrf": "c5rf",
            "signed_in": True,
            "logout": "t0ken",
            "client": SHOP,
            "is_theirs": False,
            "returns": True,
            "unproved": False,
            "told": [SHOP.name],
        },
    ),
    "signed out": ("signed_out.html", {"everywhere": True, "at_once": True, "told": [SHOP.name]}),
    "suspended": (
        "suspended.html",
        {"client": SHOP, "notices": NOTICES, "continue_url": BACK},
    ),
    "form post": (
        "form_post.html",
        {
            "client": SHOP,
            "action": "https://shop.example/callback",
            "members": {"code": CHALLENGE, "state": "s", "iss": "https://id.example"},
        },
    ),
    "expired": ("expired.html", {"client": SHOP, "continue_url": "/continue"}),
    "expired for good": ("expired.html", {}),
    "error about an address": (
        "error.html",
        of(
            Refusal(
                Cause.REDIRECT_URI_MISMATCH,
                address("redirect_uri", "https://shop.example/callback/", _REGISTERED[:1]),
                client_id="shop",
            )
        ),
    ),
    "error about a long address": (
        "error.html",
        of(
            Refusal(
                Cause.REDIRECT_URI_MISMATCH,
                address("redirect_uri", _LONG, _REGISTERED),
                client_id="x" * 64,
            )
        ),
    ),
    "error about an address elsewhere": (
        "error.html",
        of(
            Refusal(
                Cause.REDIRECT_URI_MISMATCH,
                address("redirect_uri", "https://guess.example/", _REGISTERED),
            ),
            every=False,
        ),
    ),
    "error without an address": (
        "error.html",
        of(
            Refusal(Cause.REDIRECT_URI_MISSING, address("redirect_uri", None, _REGISTERED)),
        ),
    ),
    "error codes": ("error_codes.html", {"groups": reference.SECTIONS}),
    "error code": ("error_code.html", _code(Cause.REDIRECT_URI_MISMATCH)),
    "error code of a person": ("error_code.html", _code(Cause.PASSKEY_REFUSED)),
    "busy": (
        "busy.html",
        _ERROR | {"page": "unavailable", "code": "overloaded", "again": True},
    ),
    "error": ("error.html", of(Refusal(Cause.SERVER_ERROR))),
    "error of too many tries": (
        "error.html",
        of(Refusal(Cause.TOO_MANY_TRIES)) | {"retry_minutes": 7},
    ),
    "contact none": ("account/contact.html", _CONTACT),
    "contact to confirm": (
        "account/contact.html",
        _CONTACT | {"asked": "a.rather.long.name@mail.example.org", "notice": "contact_code_wrong"},
    ),
    "contact in use": (
        "account/contact.html",
        _CONTACT | {"address": "a.rather.long.name.that.goes.on.for.ever@mail.example.org"},
    ),
    "recovered": (
        "recover/waiting.html",
        {"is_due": True, "valid_from": 1767225600, "valid": "1 January 2026, 00:00"},
    ),
    "help": ("help.html", {}),
    "transparency": (
        "transparency.html",
        {
            "months": [Month("2026-11", {act.value: 1 for act in COUNTED})],
            "counted": [act.value for act in COUNTED],
            "head": Published("id.example/transparency\n3\n…\n", 3, b"", 1_767_225_600),
            "keys": ["id.example/transparency+00000000+AQ…"],
        },
    ),
    "privacy": ("privacy.html", KEPT),
    "accessibility": ("accessibility.html", {}),
}
