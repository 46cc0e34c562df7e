"""What an answer is held to by the published description."""

from typing import Any, Final

from schemathesis.checks import CHECKS, load_all_checks

CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "allow_header_conformance",
)
load_all_checks()
CHECKS_MADE: Any = CHECKS.get_by_names(list(CHECKED))
