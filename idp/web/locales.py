"""Languages of the pages: which one a person gets, and the catalogue of its words.

Rules in prose. What the person chose by hand on our pages (the cookie, set by nothing else) goes
before what the platform wishes (``ui_locales``, OpenID Connect Core §3.1.2.1), or the switch would
not work in the middle of a sign-in; and that goes before what the browser asks for
(Accept-Language, RFC 9110 §12.5.4). A tag matches by its primary language; every Chinese gets
Simplified Chinese, the nearest we have. Nothing that arrives can make any of this fail.
"""

from __future__ import annotations

import gettext
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COOKIE = "network_id_language"
COOKIE_SECONDS = 365 * 24 * 60 * 60
FOLDER = Path(__file__).parent / "locale"
_MAX_HEADER = 1000
_MAX_TAGS = 20
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class Language(Struct, frozen=True):
    """One language of the pages: its BCP 47 tag, its own name, its writing direction."""

    tag: str
    own_name: str
    dir: str
    catalogue: str | None


LANGUAGES = (
    Language("en", "English", "ltr", None),
    Language("zh-Hans", "简体中文", "ltr", "zh_Hans"),
)
DEFAULT = LANGUAGES[0].tag
_BY_TAG = {language.tag: language for language in LANGUAGES}
_BY_PRIMARY = {"en": "en", "zh": "zh-Hans", "cmn": "zh-Hans"}


def language(tag: str) -> Language:
    """Return the language of an exact tag, else English."""
    return _BY_TAG.get(tag, _BY_TAG[DEFAULT])


def nearest(tag: str) -> str | None:
    """Return our tag for a BCP 47 tag, or None when we do not speak that language."""
    return _BY_PRIMARY.get(tag.strip().replace("_", "-").split("-", 1)[0].lower())


def choose(cookie: str | None, ui_locales: str | None, accept_language: str | None) -> str:
    """Return the tag of the page's language.

    ``cookie`` is the value of the cookie ``COOKIE``, ``ui_locales`` a space-separated list of tags
    in order of preference, ``accept_language`` the request header.
    """
    wished = (ui_locales or "")[:_MAX_HEADER].split()[:_MAX_TAGS]
    wanted = [cookie or "", *wished, *_accepted(accept_language or "")]
    return next(filter(None, map(nearest, wanted)), DEFAULT)


def _accepted(header: str) -> Iterable[str]:
    """Tags of an Accept-Language header, most wanted first; what cannot be read is left out."""
    weighted: list[tuple[float, str]] = []
    for item in header[:_MAX_HEADER].split(",")[:_MAX_TAGS]:
        tag, _, parameter = item.partition(";")
        match = _WEIGHT.fullmatch(parameter.strip())
        if match is None and parameter.strip():
            continue
        weighted.append((float(match[1]) if match else 1.0, tag.strip()))
    weighted.sort(key=lambda pair: -pair[0])
    return [tag for weight, tag in weighted if weight > 0]


def local_path(text: str | None) -> str:
    """Return ``text`` when it is a path of ours, else ``/``.

    Refuses open redirects (CWE-601): another scheme or host, ``//host``, backslashes, which
    browsers read as slashes, and controls. For the ``back`` parameter of ``/language``.
    """
    return text if text is not None and _LOCAL.fullmatch(text) else "/"


def catalogues(folder: Path = FOLDER) -> Mapping[str, gettext.NullTranslations]:
    """Read the catalogue of every language, by tag. Done once, at start.

    Raises PoFileError (Babel) when a .po file is malformed, OSError when it is missing.
    """
    return {
        language.tag: _catalogue(folder, language.catalogue)
        if language.catalogue
        else gettext.NullTranslations()
        for language in LANGUAGES
    }


@cache  # an instance beside another in one process reads the same words
def _catalogue(folder: Path, name: str) -> gettext.NullTranslations:
    """Read one language: every .po file of its folder, one for each group of pages."""
    paths = sorted((folder / name / "LC_MESSAGES").glob("*.po"))
    if not paths:
        raise FileNotFoundError(folder / name)
    words = Catalog(locale=name)
    for path in paths:
        with path.open("rb") as source:
            for message in read_po(source, locale=name, abort_invalid=True):
                words[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, words)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
