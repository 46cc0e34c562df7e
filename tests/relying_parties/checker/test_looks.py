"""Whether somebody is signed in, told without knowing the platform."""

import pytest
from network_id_simulator.checker.looks import Look, TextEye, learn, network_ids
from network_id_simulator.checker.pages import words


def look(text: str, status: int = 200, leads: str = "") -> Look:
    return Look(status, leads, words(text), text)


ADA = look("<nav>Shop <a href='/logout'>Log out</a></nav> Ada, token 8f3")
BEN = look("<nav>Shop <a href='/logout'>Log out</a></nav> Ben, token 1c9")
NOBODY = look("<nav>Shop <a href='/login'>Log in</a></nav> token 77a")
BEGUN = look("<nav>Shop <a href='/login'>Log in</a></nav> token 5d0")


def test_what_two_people_share_and_nobody_has_tells_a_sign_in():
    eye = learn([ADA, BEN], [NOBODY, BEGUN])
    assert eye
    assert eye.sees(look("Shop <a href='/logout'>Log out</a> Cleo")) is True
    assert eye.sees(look("Shop <a href='/login'>Log in</a> That did not work.")) is False


def test_a_persons_own_words_are_no_mark():
    eye = learn([ADA, BEN], [NOBODY, BEGUN])
    assert eye
    assert not eye.marks_in & {"Ada", "Ben", "8f3", "1c9"}


def test_a_page_that_sends_strangers_to_the_login_tells_a_sign_in():
    strangers = [look("", 303, "https://shop.example/login")] * 2
    eye = learn([look("Ada"), look("Ben")], strangers)
    assert eye
    assert eye.sees(look("Cleo")) is True
    assert eye.sees(strangers[0]) is False
    assert eye.sees(look("Forbidden", 403)) is None


def test_one_word_that_only_strangers_see_is_enough():
    eye = learn([look("Hello Ada"), look("Hello Ben")], [look("Hello you stranger")] * 2)
    assert eye
    assert eye.marks_in == frozenset()
    assert eye.sees(look("Hello Cleo")) is True
    assert eye.sees(look("Hello you stranger")) is False


def test_a_page_that_breaks_is_not_taken_for_either():
    eye = learn([look("Hello Ada"), look("Hello Ben")], [look("Hello you stranger")] * 2)
    assert eye
    assert eye.sees(look("Internal Server Error", 500)) is None
    assert eye.sees(look("", 0)) is None


def test_a_page_that_is_the_same_for_all_teaches_nothing():
    assert learn([look("Shop 1"), look("Shop 2")], [look("Shop 3"), look("Shop 4")]) is None


def test_json_is_read_as_well():
    eye = learn([look('{"user":"a","in":true}'), look('{"user":"b","in":true}')], [look("{}")])
    assert eye
    assert eye.sees(look('{"user":"c","in":true}')) is True


def test_a_text_that_the_owner_names_decides():
    assert TextEye("Log out").sees(ADA) is True
    assert TextEye("Log out").sees(NOBODY) is False


@pytest.mark.parametrize("shown", ["BY7Q2YWSGQNFEDCVVCMN1XMFN", "BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN"])
def test_a_network_id_is_read_in_either_form(shown: str):
    assert network_ids(f"<p>You are {shown}.</p>") == {"BY7Q2YWSGQNFEDCVVCMN1XMFN"}


def test_what_only_looks_like_a_network_id_is_none():
    assert network_ids("BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFM") == frozenset()
