"""The reference of error codes: complete, well written, and what docs/errors.md says."""

import re
from collections import Counter

import pytest

from idp.domain.refusal import Cause
from idp.protocol import reference
from idp.protocol.causes import TABLE, outcome
from tests.support import error_codes, specifications

# What the marks of tests do not know how to name.
NOT_A_SECTION = re.compile(r"(RFC 6749 Appendix B|)")


def test_every_cause_has_one_entry_and_every_entry_a_cause():
    found = Counter(cause for part in reference.SECTIONS for cause in part.entries)
    assert found == Counter(Cause)


def test_the_page_of_the_documentation_is_not_stale():
    assert error_codes.TARGET.read_text(encoding="utf-8") == error_codes.render()


@pytest.mark.parametrize("cause", Cause)
def test_an_entry_says_what_it_means_and_what_to_do_in_whole_sentences(cause: Cause):
    one = reference.entry(cause)
    assert one.mend
    assert one.where
    for text in (one.means, *(text for pair in one.mend for text in pair)):
        assert re.fullmatch(r"[ -~]+[.?]", text), text
        assert "  " not in text
        assert len(text) < 260


@pytest.mark.parametrize("cause", Cause)
def test_an_entry_names_a_section_that_there_is_a_name_for(cause: Cause):
    spec = reference.entry(cause).spec
    if not NOT_A_SECTION.fullmatch(spec):
        assert specifications.read_mark(spec)[1]


@pytest.mark.parametrize("cause", Cause)
def test_who_can_mend_it_is_told_where_they_meet_it(cause: Cause):
    one = reference.entry(cause)
    assert (one.audience is reference.Audience.OPERATOR) == (
        one.where == (reference.Where.OPERATORS,)
    )
    if one.audience is reference.Audience.PERSON:
        assert one.where == (reference.Where.PAGES,)


def test_the_status_is_told_as_it_is_answered():
    assert reference.statuses(Cause.REDIRECT_URI_MISMATCH) == "400"
    assert reference.statuses(Cause.LOGIN_REQUIRED) == "303, a redirect"
    assert reference.statuses(Cause.SCOPE_NOT_ALLOWED) == "400; 303, a redirect"
    assert reference.statuses(Cause.DPOP_PROOF_REFUSED) == "400; 401 where access tokens are taken"


def test_codes_that_are_told_apart_by_nothing_else_have_their_own_entries():
    """One description for many causes is on purpose; the reference is where they differ."""
    same = Counter(outcome(cause).description for cause in TABLE)
    for cause in TABLE:
        if same[outcome(cause).description] > 1:
            alike = [c for c in TABLE if outcome(c).description == outcome(cause).description]
            assert len({reference.entry(c).means for c in alike}) == len(alike)
