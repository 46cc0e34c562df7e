"""What a plain browser sees of an HTML page: its forms, links, and where it goes by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

WORD = re.compile(r"[^\s<>\"'=&?{}\[\]:,;]+")  # also of JSON, and of addresses in attributes
REFRESH = re.compile(r"^\s*(\d+)\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
LATEST_REFRESH = 10  # seconds: a page that renews itself later is no redirect


@dataclass(slots=True)
class Step:
    """Something on a page that leads on: a link or a form, with the text that people press."""

    method: str
    url: str
    text: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What was found on a page. ``refresh`` is where it goes by itself, or None."""

    steps: list[Step] = field(default_factory=list)
    refresh: str | None = None

    def forms(self) -> list[Step]:
        """Return the forms that are sent by POST."""
        return [step for step in self.steps if step.method == "POST"]


def read_page(text: str, url: str) -> Page:
    """Return what stands on the page at ``url``; relative addresses are made absolute."""
    reader = _Reader(url)
    reader.feed(text)
    return reader.page


def words(text: str) -> frozenset[str]:
    """Return the words of a page or a JSON document, those in its tags included."""
    return frozenset(WORD.findall(text))


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.page = Page()
        self._url = url
        self._open: Step | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self._begin(Step("GET", self._absolute(given["href"]), given.get("aria-label", "")))
        elif tag == "form":
            method = given.get("method", "get").upper()
            self._begin(Step(method, self._absolute(given.get("action") or self._url)))
        elif tag in {"input", "button"} and self._open is not None:
            self._control(given)
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            match = REFRESH.match(given.get("content", ""))
            if match and int(match[1]) <= LATEST_REFRESH:
                self.page.refresh = self._absolute(match[2])

    def handle_endtag(self, tag: str) -> None:
        if tag in {"a", "form"}:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text = f"{self._open.text} {data.strip()}".strip()

    def _begin(self, step: Step) -> None:
        self.page.steps.append(step)
        self._open = step

    def _control(self, given: dict[str, str]) -> None:
        step = self._open
        if step is None:
            return
        if given.get("type", "").lower() in {"submit", "button", "image"}:
            step.text = f"{step.text} {given.get('value', '')}".strip()
        if given.get("name"):
            step.fields.setdefault(given["name"], given.get("value", ""))

    def _absolute(self, address: str) -> str:
        return urljoin(self._url, address)
