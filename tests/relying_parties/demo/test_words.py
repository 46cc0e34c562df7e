"""Both languages have every word, and every word that a page asks for is there."""

import re
from pathlib import Path

import pytest

from relying_parties import demo, forum, shop
from relying_parties.demo.words import CHINESE, ENGLISH, LANGUAGES, read_words

SHARED = Path(demo.__file__).parent
FOLDERS = {"shop": Path(shop.__file__).parent, "forum": Path(forum.__file__).parent}


@pytest.mark.parametrize("platform", FOLDERS)
def test_no_word_is_missing_in_a_language(platform: str) -> None:
    words = read_words([SHARED, FOLDERS[platform]])
    assert words[ENGLISH].keys() == words[CHINESE].keys()
    assert all(text.strip() for language in LANGUAGES for text in words[language].values())


@pytest.mark.parametrize("platform", FOLDERS)
def test_no_word_that_a_template_asks_for_is_missing(platform: str) -> None:
    words = read_words([SHARED, FOLDERS[platform]])[ENGLISH]
    folders = [SHARED / "templates", FOLDERS[platform] / "templates"]
    text = "".join(page.read_text() for folder in folders for page in folder.glob("*.html"))
    asked = set(re.findall(r't\("([a-z.-]+[a-z])"\)', text))
    assert asked
    assert asked <= words.keys()
