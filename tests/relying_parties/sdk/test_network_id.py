"""Reading a network ID as people type it, and what may be offered when they mistyped it."""

import itertools
import random
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from network_id import InvalidNetworkIdError, NetworkId, NetworkIdFault, parse_network_id
from network_id.network_id import ALPHABET, has_right_check_characters, is_wire_form

from idp.domain import network_id as provider
from tests.support.simulated_provider import NETWORK_ID
from tests.support.time import SeededEntropy

EXAMPLE = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
SHOWN = "BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN"
network_ids = st.integers(0, 2**64).map(lambda seed: provider.draw(SeededEntropy(seed)))


def refusal_of(text: str) -> InvalidNetworkIdError:
    with pytest.raises(InvalidNetworkIdError) as refused:
        parse_network_id(text)
    assert str(refused.value)
    return refused.value


def suggested(text: str) -> list[str]:
    return [one.value for one in refusal_of(text).suggestions]


def full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
def test_the_standards_own_example() -> None:
    assert has_right_check_characters("ISO793W")
    assert not has_right_check_characters("ISO793X")


def test_what_is_read_has_the_two_forms() -> None:
    read = parse_network_id(SHOWN.lower())
    assert (read.value, read.display, str(read)) == (EXAMPLE, SHOWN, EXAMPLE)
    assert read == NetworkId(EXAMPLE)


@pytest.mark.parametrize("value", [SHOWN, EXAMPLE.lower(), EXAMPLE[:-1] + "P", "", "U" * 25])
def test_no_other_value_is_a_network_id(value: str) -> None:
    with pytest.raises(ValueError, match="wire form"):
        NetworkId(value)


TOLERATED = {
    "as it is sent": EXAMPLE,
    "as it is shown": SHOWN,
    "lower case": SHOWN.lower(),
    "white space": f"\t {SHOWN.replace('-', '  ')}\r\n",
    "no-break and ideographic spaces": SHOWN.replace("-", "\u00a0\u3000"),
    "I and L for 1": EXAMPLE.replace("1", "l"),
    "full width": full_width(SHOWN),
    "full width, lower case": full_width(SHOWN.lower()),
    "English quotes": f"“{SHOWN}”",
    "straight quotes": f"'{SHOWN}\"",
    "French and German quotes": f"«„{SHOWN}“»",
    "Chinese quotes": f"「{SHOWN}」",
    "a full stop": f"{SHOWN}.",
    "a Chinese full stop": f"\uff08{SHOWN}\uff09\u3002",
    "a label": f"Network ID: {SHOWN}",
    "a Chinese label": f"网号\uff1a{SHOWN}",
    "a colon after it": f"{SHOWN}:",
    "a byte order mark": f"\ufeff{SHOWN}",
    "zero-width characters": "\u200b".join(EXAMPLE) + "\u2060\u200d",
    "marks of direction": f"\u2067{SHOWN}\u2069\u200e\u200f",
    "soft hyphens": "\u00ad".join(EXAMPLE),
    "Markdown": f"`**{SHOWN}**`",
    "underscores and dots": SHOWN.replace("-", "_", 2).replace("-", "."),
}


@pytest.mark.parametrize("how", TOLERATED)
def test_reading_is_tolerant(how: str) -> None:
    assert parse_network_id(TOLERATED[how]).value == EXAMPLE


HYPHENS = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Pd"]


@pytest.mark.parametrize("hyphen", [*HYPHENS, "\u2212", "\u2043", "\u30fc", "\uff70", "\uff5e"])
def test_hyphens_of_all_kinds_are_read(hyphen: str) -> None:
    assert parse_network_id(SHOWN.replace("-", hyphen)).value == EXAMPLE


def without_digits() -> str:
    letters = (f"{'A' * 22}{x}{y}{z}" for x, y, z in itertools.product(ALPHABET[10:], repeat=3))
    return next(text for text in letters if has_right_check_characters(text))


REFUSED = {
    "nothing": ("", NetworkIdFault.LENGTH),
    "only frills": ("--- “” ---", NetworkIdFault.LENGTH),
    "too short": (EXAMPLE[:10], NetworkIdFault.LENGTH),
    "too long": (EXAMPLE + EXAMPLE, NetworkIdFault.LENGTH),
    "a letter too many": (EXAMPLE + "0", NetworkIdFault.LENGTH),
    "a book": (EXAMPLE + " " * 200, NetworkIdFault.LENGTH),
    "U": (EXAMPLE.replace("W", "U"), NetworkIdFault.SYMBOL),
    "dotless i": (EXAMPLE.replace("1", "\u0131"), NetworkIdFault.SYMBOL),
    "long s": (EXAMPLE.replace("S", "\u017f"), NetworkIdFault.SYMBOL),
    "Cyrillic": (EXAMPLE.replace("C", "\u0421"), NetworkIdFault.SYMBOL),
    "accents": (EXAMPLE.replace("E", "E\u0301"), NetworkIdFault.LENGTH),
    "Arabic digits": (EXAMPLE.replace("1", "\u0661"), NetworkIdFault.SYMBOL),
    "surrogates": ("\ud800" * 25, NetworkIdFault.SYMBOL),
    "a wrong check": (EXAMPLE[:-1] + "P", NetworkIdFault.CHECK),
    "letters alone": (without_digits(), NetworkIdFault.MIXTURE),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_no_network_id_is_refused_for_its_reason(why: str) -> None:
    text, reason = REFUSED[why]
    refused = refusal_of(text)
    assert refused.reason is reason
    assert str(refused) == refused.says() == refused.says("de")
    assert any("\u4e00" <= one <= "\u9fff" for one in refused.says("zh-CN"))
    assert "{" not in refused.says() + refused.says("zh")


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), st.text(ALPHABET + "ilou- ", min_size=24, max_size=30)))
@example("\u0149" * 25)
@example("1_000" * 5)
def test_no_text_makes_it_crash_or_read_less_than_the_provider(text: str) -> None:
    assert is_wire_form(text) == (text.isascii() and provider_reads(text) == text)
    try:
        read = parse_network_id(text).value
    except InvalidNetworkIdError:
        read = None
    assert provider_reads(text) in {None, read}


def provider_reads(text: str) -> str | None:
    try:
        return provider.parse(text)
    except provider.NetworkIdInvalid:
        return None


@given(network_ids)
def test_what_the_provider_draws_and_shows_is_read(drawn: str) -> None:
    assert is_wire_form(drawn)
    assert parse_network_id(provider.display(drawn)) == NetworkId(drawn)
    assert NetworkId(drawn).display == provider.display(drawn)


@given(network_ids, st.integers(0, 24), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed_and_the_right_id_is_suggested(
    drawn: str, at: int, character: str
) -> None:
    typed = drawn[:at] + character + drawn[at + 1 :]
    if typed == drawn:
        return
    assert not is_wire_form(typed)
    assert drawn in suggested(typed)


@given(network_ids, st.integers(0, 23))
def test_two_swapped_neighbours_are_suggested_first(drawn: str, at: int) -> None:
    typed = drawn[:at] + drawn[at + 1] + drawn[at] + drawn[at + 2 :]
    if typed != drawn:
        assert drawn in suggested(typed)


@given(network_ids, st.integers(0, 24), st.sampled_from(ALPHABET))
def test_a_missing_and_an_additional_character_are_suggested(
    drawn: str, at: int, character: str
) -> None:
    assert drawn in suggested(drawn[:at] + drawn[at + 1 :])
    assert drawn in suggested(drawn[:at] + character + drawn[at:])


@given(network_ids, st.integers(0, 24), st.sampled_from("?U\uff1f\u0416é$+"))
def test_a_character_that_cannot_be_read_is_looked_for_in_its_place_only(
    drawn: str, at: int, unreadable: str
) -> None:
    found = suggested(drawn[:at] + unreadable + drawn[at + 1 :])
    assert drawn in found
    assert all(one[:at] + one[at + 1 :] == drawn[:at] + drawn[at + 1 :] for one in found)


@pytest.mark.parametrize(
    "text", [EXAMPLE.replace("N", "?"), EXAMPLE[:23], EXAMPLE + "00", "?" * 24]
)
def test_two_mistakes_that_are_seen_get_no_suggestion(text: str) -> None:
    assert suggested(text) == []


def test_the_likeliest_slip_comes_first() -> None:
    slips = {
        EXAMPLE.replace("WS", "SW"): "swapped",
        EXAMPLE.replace("QN", "QQN"): "doubled",
        EXAMPLE.replace("VV", "V"): "one of two left out",
        EXAMPLE.replace("S", "5"): "seen alike",
        EXAMPLE.replace("U", "V"): "unchanged",
    }
    del slips[EXAMPLE]
    assert {suggested(typed)[0] for typed in slips} == {EXAMPLE}


def test_how_far_a_suggestion_may_be_trusted() -> None:
    """Why nothing is taken without asking: after two mistakes it is nearly always wrong."""
    chance = random.Random(7)
    one, two = Counter[str](), Counter[str]()
    for _ in range(300):
        drawn = provider.draw(SeededEntropy(chance.getrandbits(64)))
        for seen, mistakes in ((one, 1), (two, 2)):
            typed = mistyped(drawn, mistakes, chance.choice)
            found = suggested(typed)
            seen["with"] += bool(found)
            seen["right"] += drawn in found
            seen["alone"] += found == [drawn]
            seen["many"] += len(found) > 3
    assert one["with"] == one["right"] == 300
    assert one["alone"] > 170
    assert two["right"] == 0
    assert two["with"] > 100
    assert one["many"] + two["many"] < 10


def mistyped(text: str, mistakes: int, choose: Callable[[str], str]) -> str:
    for at in (4, 17)[:mistakes]:
        text = text[:at] + choose(ALPHABET.replace(text[at], "")) + text[at + 1 :]
    return text


def test_the_simulated_one_is_one() -> None:
    assert is_wire_form(NETWORK_ID)
