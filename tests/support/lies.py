"""Every passkey response with one thing wrong: a name, the reason to refuse it, and the lie.

The same lies can be told when signing in, when making a first passkey and when adding one. They are
signed unless a row says otherwise, so no signature check can hide a missing rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from idp.protocol.webauthn import PasskeyReason
from tests.support.authenticator import ABSENT, BE, ED, UP, UV, Tamper, encode
from tests.support.ceremonies import CHALLENGE, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable

R = PasskeyReason
Row = tuple[str, PasskeyReason, Tamper]


def rows(table: list[Row]) -> Any:
    return pytest.mark.parametrize(
        ("reason", "tamper"), [row[1:] for row in table], ids=[row[0] for row in table]
    )


def other_origins() -> list[Row]:
    origins = {
        "scheme": "http://id.example",
        "port": "https://id.example:8443",
        "default_port_spelt_out": "https://id.example:443",
        "trailing_slash": "https://id.example/",
        "path": "https://id.example/signin",
        "subdomain": "https://login.id.example",
        "parent_domain": "https://example",
        "suffixed_host": "https://id.example.evil.test",
        "prefixed_host": "https://evilid.example",
        "user_information": "https://id.example@evil.test",
        "upper_case": "https://ID.example",
        "trailing_dot": "https://id.example.",
        "cyrillic_look_alike": "https://\u0456d.example",
        "punycode_look_alike": "https://xn--d-sqb.example",
        "surrounding_space": " https://id.example",
        "trailing_nul": "https://id.example\0",
        "lone_surrogate": "https://id.example\ud800",
        "opaque": "null",
        "android_application": "android:apk-key-hash:" + "A" * 43,
        "empty": "",
        "list": [ORIGIN],
        "absent": ABSENT,
    }
    return [(f"origin_{n}", R.ORIGIN, {"client": {"origin": o}}) for n, o in origins.items()]


def wrong_client_data() -> list[Row]:
    members: list[tuple[str, PasskeyReason, dict[str, object]]] = [
        ("type_unknown", R.CEREMONY_TYPE, {"type": "webauthn.steal"}),
        ("type_of_a_payment", R.CEREMONY_TYPE, {"type": "payment.get"}),
        ("type_absent", R.CEREMONY_TYPE, {"type": ABSENT}),
        ("type_list", R.CEREMONY_TYPE, {"type": ["webauthn.create", "webauthn.get"]}),
        ("challenge_other", R.CHALLENGE, {"challenge": encode(bytes(32))}),
        ("challenge_truncated", R.CHALLENGE, {"challenge": encode(CHALLENGE[:-1])}),
        ("challenge_longer", R.CHALLENGE, {"challenge": encode(CHALLENGE + b"x")}),
        ("challenge_padded", R.CHALLENGE, {"challenge": encode(CHALLENGE) + "="}),
        ("challenge_empty", R.CHALLENGE, {"challenge": ""}),
        ("challenge_absent", R.CHALLENGE, {"challenge": ABSENT}),
        ("challenge_number", R.CHALLENGE, {"challenge": 1}),
        ("cross_origin_true", R.CROSS_ORIGIN, {"crossOrigin": True}),
        ("cross_origin_text", R.CROSS_ORIGIN, {"crossOrigin": "false"}),
        ("cross_origin_null", R.CROSS_ORIGIN, {"crossOrigin": None}),
        ("cross_origin_zero", R.CROSS_ORIGIN, {"crossOrigin": 0}),
        ("top_origin_foreign", R.TOP_ORIGIN, {"topOrigin": "https://evil.test"}),
        ("top_origin_ours", R.TOP_ORIGIN, {"topOrigin": ORIGIN}),
        ("top_origin_null", R.TOP_ORIGIN, {"topOrigin": None}),
        ("token_bound", R.TOKEN_BINDING, {"tokenBinding": {"status": "present", "id": "aWQ"}}),
        ("token_binding_unknown", R.TOKEN_BINDING, {"tokenBinding": {"status": "perhaps"}}),
        ("token_binding_text", R.TOKEN_BINDING, {"tokenBinding": "supported"}),
        ("token_binding_null", R.TOKEN_BINDING, {"tokenBinding": None}),
    ]
    return [(name, reason, {"client": change}) for name, reason, change in members]


def unreadable_client_data() -> list[Row]:
    def twice(raw: bytes) -> bytes:
        return raw[:-1] + b',"origin":"https://id.example"}'

    def nested_twice(raw: bytes) -> bytes:
        return raw[:-1] + b',"later":{"a":1,"a":2}}'

    edits: list[tuple[str, PasskeyReason, Callable[[bytes], bytes]]] = [
        ("duplicated", R.DUPLICATE_MEMBER, twice),
        ("duplicated_deeper", R.DUPLICATE_MEMBER, nested_twice),
        ("truncated", R.CLIENT_DATA_MALFORMED, lambda raw: raw[:-1]),
        ("trailing", R.CLIENT_DATA_MALFORMED, lambda raw: raw + b"{}"),
        ("empty", R.CLIENT_DATA_MALFORMED, lambda _: b""),
        ("list", R.CLIENT_DATA_MALFORMED, lambda raw: b"[" + raw + b"]"),
        ("byte_order_mark", R.CLIENT_DATA_MALFORMED, lambda raw: b"\xef\xbb\xbf" + raw),
        ("utf_16", R.CLIENT_DATA_MALFORMED, lambda raw: raw.decode().encode("utf-16")),
        ("latin_1", R.CLIENT_DATA_MALFORMED, lambda raw: raw[:-1] + b',"\xe9":1}'),
        ("not_a_number", R.CLIENT_DATA_MALFORMED, lambda raw: raw[:-1] + b',"n":NaN}'),
        ("endless_number", R.CLIENT_DATA_MALFORMED, lambda raw: raw[:-1] + b',"n":' + b"9" * 9999),
        ("deep", R.CLIENT_DATA_MALFORMED, lambda raw: raw[:-1] + b',"n":' + b"[" * 9999),
        ("huge", R.TOO_LARGE, lambda raw: raw + b" " * 16_384),
    ]
    return [(f"client_data_{n}", reason, {"client_bytes": edit}) for n, reason, edit in edits]


def wrong_authenticator_data() -> list[Row]:
    malformed = R.AUTHENTICATOR_DATA_MALFORMED
    return [
        ("rp_id_foreign", R.RP_ID_HASH, {"rp_id": "evil.test"}),
        ("rp_id_parent", R.RP_ID_HASH, {"rp_id": "example"}),
        ("rp_id_subdomain", R.RP_ID_HASH, {"rp_id": "login.id.example"}),
        ("rp_id_is_origin", R.RP_ID_HASH, {"rp_id": ORIGIN}),
        ("nobody_present", R.USER_NOT_PRESENT, {"clear_flags": UP}),
        ("nobody_verified", R.USER_NOT_VERIFIED, {"clear_flags": UV}),
        ("neither", R.USER_NOT_PRESENT, {"clear_flags": UP | UV}),
        ("backed_up_not_eligible", R.BACKUP_STATE_INCONSISTENT, {"clear_flags": BE}),
        ("extensions_promised", malformed, {"set_flags": ED}),
        ("extensions_unannounced", malformed, {"extensions": {"a": 1}, "clear_flags": ED}),
        ("trailing_byte", malformed, {"data_bytes": lambda raw: raw + b"\0"}),
        ("data_36_bytes", malformed, {"data_bytes": lambda raw: raw[:36]}),
        ("data_empty", malformed, {"data_bytes": lambda _: b""}),
    ]


def wrong_outside() -> list[Row]:
    short, long = b"k" * 15, b"k" * 1024

    def named(credential_id: bytes) -> Tamper:
        text = encode(credential_id)
        return {"members": {"id": text, "rawId": text}, "attested_id": credential_id}

    return [
        ("id_too_short", R.CREDENTIAL_ID_LENGTH, named(short)),
        ("id_too_long", R.CREDENTIAL_ID_LENGTH, named(long)),
        ("id_empty", R.CREDENTIAL_ID_LENGTH, named(b"")),
        ("id_is_not_raw_id", R.CREDENTIAL_ID_MISMATCH, {"members": {"id": encode(b"k" * 32)}}),
        ("id_absent", R.CREDENTIAL_ID_MISMATCH, {"members": {"id": ABSENT}}),
        ("raw_id_absent", R.MEMBER_MALFORMED, {"members": {"rawId": ABSENT}}),
        ("raw_id_padded", R.MEMBER_MALFORMED, {"members": {"rawId": encode(short) + "="}}),
        ("raw_id_spare_bits", R.MEMBER_MALFORMED, {"members": {"rawId": "A" * 21 + "B"}}),
        ("raw_id_foreign_letters", R.MEMBER_MALFORMED, {"members": {"rawId": "AAAA!" * 9}}),
        ("raw_id_standard_base64", R.MEMBER_MALFORMED, {"members": {"rawId": "+/+/" * 9}}),
        ("raw_id_not_ascii", R.MEMBER_MALFORMED, {"members": {"rawId": "é" * 32}}),
        ("type_password", R.CREDENTIAL_TYPE, {"members": {"type": "password"}}),
        ("type_absent_outside", R.CREDENTIAL_TYPE, {"members": {"type": ABSENT}}),
        ("response_absent", R.MEMBER_MALFORMED, {"members": {"response": ABSENT}}),
        ("response_list", R.MEMBER_MALFORMED, {"members": {"response": []}}),
        ("client_data_absent", R.MEMBER_MALFORMED, {"response": {"clientDataJSON": ABSENT}}),
        ("client_data_object", R.MEMBER_MALFORMED, {"response": {"clientDataJSON": {}}}),
        ("text_duplicated", R.DUPLICATE_MEMBER, {"text": lambda t: t[:-1] + ',"id":"x"}'}),
        ("text_truncated", R.NOT_JSON, {"text": lambda t: t[:-1]}),
        ("text_empty", R.NOT_JSON, {"text": lambda _: ""}),
        ("text_number", R.NOT_JSON, {"text": lambda _: "7"}),
        ("text_too_large", R.TOO_LARGE, {"text": lambda t: t + " " * 65_536}),
        ("text_too_many_bytes", R.TOO_LARGE, {"text": lambda t: t[:-1] + ',"e":"' + "é" * 33_000}),
    ]


EITHER = [
    *other_origins(),
    *wrong_client_data(),
    *unreadable_client_data(),
    *wrong_authenticator_data(),
    *wrong_outside(),
]
