from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.network_id import (
    ALPHABET,
    LENGTH,
    PAYLOAD_LENGTH,
    NetworkIdFault,
    NetworkIdInvalid,
    check_characters,
    display,
    draw,
    parse,
)
from tests.support.time import SeededEntropy

EXAMPLE = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
DIGITS = "0123456789"
DRAWS = 1_000_000

network_ids = st.integers(min_value=0).map(lambda seed: draw(SeededEntropy(seed)))


class ScriptedEntropy:
    """Entropy that gives exactly the payloads written down for it."""

    def __init__(self, *payloads: str) -> None:
        self._payloads = list(payloads)

    def bytes(self, count: int) -> bytes:
        payload = self._payloads.pop(0)
        assert len(payload) == count
        return bytes(ALPHABET.index(symbol) for symbol in payload)

    def below(self, bound: int) -> int:
        raise NotImplementedError


def refusal(text: str) -> NetworkIdFault:
    with pytest.raises(NetworkIdInvalid) as raised:
        parse(text)
    return raised.value.reason


def payloads(symbols: str) -> Iterator[str]:
    """Yield payloads that differ in their last four symbols and are made of `symbols` only."""
    for number in range(len(symbols) ** 4):
        tail = "".join(
            symbols[number // len(symbols) ** place % len(symbols)] for place in range(4)
        )
        yield symbols[-1] * (PAYLOAD_LENGTH - len(tail)) + tail


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
def test_the_standards_own_example_has_check_characters_3w():
    assert check_characters("ISO79") == "3W"


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
@given(st.text(DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=60))
def test_a_string_with_its_check_characters_leaves_one_modulo_1271(payload: str):
    weighted = 0
    for character in payload + check_characters(payload):
        weighted = (weighted * 36 + int(character, 36)) % 1271
    assert weighted == 1


@pytest.mark.parametrize("payload", ["", "iso79", "ISO 79", "ISO_79", "+1", "É", "\uff11"])
def test_check_characters_of_anything_but_0_to_9_and_a_to_z_are_refused(payload: str):
    with pytest.raises(ValueError, match="0-9A-Z"):
        check_characters(payload)


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
@given(network_ids)
def test_every_wrong_character_is_caught(network_id: str):
    for place, right in enumerate(network_id):
        for wrong in ALPHABET.replace(right, ""):
            mistyped = network_id[:place] + wrong + network_id[place + 1 :]
            assert refusal(mistyped) is NetworkIdFault.CHECK


@pytest.mark.spec("ISO/IEC 7064 MOD 1271-36")
@given(network_ids)
def test_every_swap_of_two_neighbours_is_caught(network_id: str):
    for place in range(LENGTH - 1):
        first, second = network_id[place], network_id[place + 1]
        if first != second:
            swapped = network_id[:place] + second + first + network_id[place + 2 :]
            assert refusal(swapped) is NetworkIdFault.CHECK


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1")
def test_a_million_draws_never_collide():
    entropy = SeededEntropy(7064)
    assert len({draw(entropy) for _ in range(DRAWS)}) == DRAWS == 1_000_000


def test_no_symbol_is_favoured_at_any_place():
    entropy = SeededEntropy(1271)
    draws = DRAWS // 10
    text = "".join(draw(entropy) for _ in range(draws))
    expected = draws / len(ALPHABET)
    for place in range(PAYLOAD_LENGTH):
        column = text[place::LENGTH]
        counts = [column.count(symbol) for symbol in ALPHABET]
        assert sum(counts) == draws
        # 31 degrees of freedom: chance passes 75 less than once in 50,000 columns.
        chi_squared = sum((count - expected) ** 2 / expected for count in counts)
        assert chi_squared < 75, f"symbol {place + 1} is not uniform: {counts}"


@pytest.mark.spec("OpenID Connect Core 1.0 §2")
@given(network_ids)
def test_a_drawn_id_is_25_upper_case_ascii_characters_and_reads_back(network_id: str):
    assert len(network_id) == LENGTH == 25
    assert network_id.isascii()
    assert set(network_id) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert parse(network_id) == network_id
    assert set(network_id) & set(DIGITS)
    assert set(network_id) - set(DIGITS)


@pytest.mark.parametrize("outside", "ILOU")
@pytest.mark.parametrize("place", [0, 1])
def test_an_id_is_drawn_again_when_a_check_character_falls_outside_the_alphabet(
    outside: str, place: int
):
    unfit = next(p for p in payloads(ALPHABET) if check_characters(p)[place] == outside)
    assert draw(ScriptedEntropy(unfit, EXAMPLE[:PAYLOAD_LENGTH])) == EXAMPLE


@pytest.mark.parametrize("symbols", [DIGITS, "ABCDEFGHJKMNPQRSTVWXYZ"])
def test_an_id_of_digits_only_or_letters_only_is_drawn_again_and_never_read(symbols: str):
    uniform = next(p for p in payloads(symbols) if set(check_characters(p)) <= set(symbols))
    assert draw(ScriptedEntropy(uniform, EXAMPLE[:PAYLOAD_LENGTH])) == EXAMPLE
    assert refusal(uniform + check_characters(uniform)) is NetworkIdFault.MIXTURE


def test_an_id_is_shown_in_five_groups_of_five():
    assert display(EXAMPLE) == "BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN"


@given(network_ids, st.data())
def test_an_id_is_read_however_a_person_writes_it(network_id: str, data: st.DataObject):
    spellings = {"1": "1IiLl", "0": "0Oo"}
    written = "".join(
        data.draw(st.sampled_from(["", "-"]))
        + data.draw(st.sampled_from(spellings.get(symbol, symbol + symbol.lower())))
        for symbol in network_id
    )
    assert parse(f" \t{written}\n") == network_id
    assert parse(display(network_id).lower()) == network_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NetworkIdFault.LENGTH),
        ("-" * LENGTH, NetworkIdFault.LENGTH),
        (EXAMPLE[:-1], NetworkIdFault.LENGTH),
        (EXAMPLE + "0", NetworkIdFault.LENGTH),
        (EXAMPLE + "-" * 100, NetworkIdFault.LENGTH),
        ("9" * 1_000_000, NetworkIdFault.LENGTH),
        ("U" + EXAMPLE[1:], NetworkIdFault.SYMBOL),
        # What Python's own reading of numbers would let pass.
        ("_" + EXAMPLE[1:], NetworkIdFault.SYMBOL),
        ("+" + EXAMPLE[1:], NetworkIdFault.SYMBOL),
        (EXAMPLE[:5] + "_" + EXAMPLE[6:], NetworkIdFault.SYMBOL),
        (EXAMPLE[:5] + " " + EXAMPLE[6:], NetworkIdFault.SYMBOL),
        (EXAMPLE[:5] + "\0" + EXAMPLE[6:], NetworkIdFault.SYMBOL),
        # Upper case makes ASCII letters of these.
        (EXAMPLE.replace("S", "\u017f"), NetworkIdFault.SYMBOL),
        (EXAMPLE.replace("1", "\u0131"), NetworkIdFault.SYMBOL),
        (EXAMPLE.replace("7", "\uff17"), NetworkIdFault.SYMBOL),
        (EXAMPLE.replace("7", "\u0667"), NetworkIdFault.SYMBOL),
        (EXAMPLE[1] + EXAMPLE[0] + EXAMPLE[2:], NetworkIdFault.CHECK),
    ],
)
def test_what_is_no_network_id_is_refused_with_a_reason(text: str, reason: NetworkIdFault):
    assert refusal(text) is reason


@given(st.text() | st.text(ALPHABET + "-_+ ", min_size=20, max_size=30))
def test_reading_refuses_or_returns_a_valid_id_whatever_it_is_given(text: str):
    try:
        network_id = parse(text)
    except NetworkIdInvalid:
        return
    assert parse(network_id) == network_id


@pytest.mark.parametrize("text", ["CANARY", "CANARY" * 5, "canary-canary-canary-canary-x", "é"])
def test_a_refusal_never_quotes_what_was_typed(text: str):
    with pytest.raises(NetworkIdInvalid) as raised:
        parse(text)
    assert text not in str(raised.value)
    assert "canary" not in repr(raised.value).lower()
