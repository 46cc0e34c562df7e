"""Cut or bent access tokens (CVE-2026-27840: a truncated token was still valid)."""

import pytest

from idp.domain import base64url
from tests.support.browser_like import Browser
from tests.support.logins import Platform

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.spec("RFC 6750 §3.1")
async def test_no_strict_prefix_of_an_access_token_is_accepted(
    platform: Platform, visitor: Browser
):
    token = (await platform.tokens(visitor))["access_token"]
    accepted = [end for end in range(len(token)) if await works(platform, token[:end])]
    assert accepted == []
    assert await works(platform, token)


async def test_no_strict_suffix_of_an_access_token_is_accepted(
    platform: Platform, visitor: Browser
):
    token = (await platform.tokens(visitor))["access_token"]
    starts = [*range(1, 40), *(i for i, c in enumerate(token) if c == ".")]
    assert [start for start in starts if await works(platform, token[start:])] == []


@pytest.mark.spec("RFC 7515 §2")
async def test_a_token_has_exactly_one_spelling(platform: Platform, visitor: Browser):
    """Spare bits, padding and other alphabets would let one token have several texts."""
    token = (await platform.tokens(visitor))["access_token"]
    header, payload, signature = token.split(".")
    last = ALPHABET.index(signature[-1])
    spellings = [f"{token[:-1]}{ALPHABET[last ^ bit]}" for bit in (1, 2, 4, 8)]
    spellings += [token + "=", token + "==", f"{header}=.{payload}.{signature}", token + "."]
    spellings += [f"{header}.{payload}.{signature}.{signature}", f".{token}", token + "A"]
    spellings += [f"{header}..{signature}", f"{header}.{payload}.", f"{header}.{payload}"]
    assert [text for text in spellings if await works(platform, text)] == []


async def test_no_token_with_a_changed_character_is_accepted(platform: Platform, visitor: Browser):
    token = (await platform.tokens(visitor))["access_token"]
    for place in range(0, len(token), 7):
        if token[place] != ".":
            other = "A" if token[place] != "A" else "B"
            assert not await works(platform, token[:place] + other + token[place + 1 :])


async def test_signatures_of_another_form_are_refused(platform: Platform, visitor: Browser):
    token = (await platform.tokens(visitor))["access_token"]
    start, _, signature = token.rpartition(".")
    r_and_s = base64url.decode(signature)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = int.from_bytes(r_and_s[32:], "big")
    for wrong in (
        bytes(64),
        b"\x30\x44\x02\x20" + r_and_s[:32] + b"\x02\x20" + r_and_s[32:],
        r_and_s[32:] + r_and_s[:32],
        r_and_s + b"\x00",
        r_and_s[:32] + (s + order).to_bytes(33, "big"),
    ):
        assert not await works(platform, f"{start}.{base64url.encode(wrong)}")


async def works(platform: Platform, token: str) -> bool:
    answer = await platform.userinfo(token)
    assert answer.status in {200, 401}, answer.text
    return answer.status == 200
