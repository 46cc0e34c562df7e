"""Writes docs/errors.md: every error code, from the tables that the provider itself answers by.

`python -m tests.support.error_codes [--check]`.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from idp.domain.refusal import Cause
from idp.protocol import reference
from idp.protocol.causes import outcome

TARGET: Final = Path(__file__).parents[2] / "docs" / "errors.md"
HEAD: Final = """\
# Error codes

Written by `make errors` from the tables that answers are made of; `make check` fails when it is
stale. Each provider serves the same at `ISSUER/errors`, and one code at `ISSUER/errors/CODE`.

## Where a code stands

- On a page: under *For whoever helps you*, with the request number and the time in UTC. A person
  reads plain words first. *For the developers of this platform* opens what was sent beside what
  would have been taken, the first difference marked; *Copy these details* copies all as text.
- In JSON: `error_code`, beside the standard's `error`. `error_description` says what was sent and
  what would have been taken, `request_id` finds the line in the operator's log, `error_uri` is the
  address of the entry.
- In the redirect to your `redirect_uri`: `error_uri` ends in the code. `error_description` repeats
  nothing that a request said: anybody can write one, and lead people to you with it.

Decide by `error` in your program, which is the standard's, and by the code where you need to know
more. Codes stay; descriptions and these words may be mended. Of the addresses that a client
registered those are shown that are on the host that was sent; in a sandbox all of them.
"""


def render() -> str:
    """Return the page."""
    return HEAD + "".join(map(_section, reference.SECTIONS))


def _section(section: reference.Section) -> str:
    return f"\n## {section.title}\n" + "".join(
        _entry(cause, one) for cause, one in section.entries.items()
    )


def _entry(cause: Cause, one: reference.Entry) -> str:
    how = outcome(cause)
    facts = [
        f"`error`: `{how.code}`" if how.code else "no `error`",
        f"status: {reference.statuses(cause)}",
        f"parameter: `{one.parameter}`" if one.parameter else "",
        one.spec,
        f"met at {', '.join(one.where)}",
    ]
    mend = "".join(f"- {likely} **{do}**\n" for likely, do in one.mend)
    return f"\n### {cause}\n\n{one.means}\n\n{mend}\n{' · '.join(filter(None, facts))}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    page = render()
    if not parser.parse_args().check:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write("docs/errors.md is stale: run `make errors`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
