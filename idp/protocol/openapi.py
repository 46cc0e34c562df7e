"""The OpenAPI 3.1 description of the endpoints that programs call: what is there, nothing more.

``/authorize`` and ``/logout`` are for browsers and answer with pages or redirects: the standards
and the discovery document describe them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from idp.domain.refusal import Cause
from idp.protocol.openapi_operations import FORM, JSON, OPERATIONS, Operation

if TYPE_CHECKING:
    from collections.abc import Collection

_WORDS = {
    400: "The request is wrong; error and error_code say how.",
    401: "Whoever calls did not prove who they are.",
    403: "The access token does not reach that far.",
    404: "There is nothing at this address.",
    413: "The request is too large.",
    429: "Too many requests; Retry-After says when to try again.",
    503: "Not now; Retry-After says when.",
}


def document(issuer: str, paths: Collection[str]) -> dict[str, Any]:
    """Return the description of those of ``paths`` that are for programs."""
    found: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        if operation.path in paths:
            found.setdefault(operation.path, _parameters(operation.path))
            found[operation.path][operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Network ID",
            "version": "1",
            "description": "Begin at the discovery document; pages for people are not listed.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer.rstrip("/")}],
        "paths": found,
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY},
    }


def _parameters(path: str) -> dict[str, Any]:
    given = [
        {"name": name, "in": "path", "required": True, "schema": _SCHEMA_OF.get(name, _INDEX)}
        for name in _PARAMETER.findall(path)
    ]
    return {"parameters": given} if given else {}


def _operation(operation: Operation) -> dict[str, Any]:
    answers = {
        str(status): {
            "description": "Done.",
            **({"content": _contents(contents)} if contents else {}),
        }
        for status, contents in operation.answers.items()
    }
    errors = {
        str(status): {"description": _WORDS[status], "content": _contents({JSON: "Error"})}
        for status in operation.errors
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": f"{operation.method}{operation.path}".translate(_NAME),
        "responses": answers | errors,
    }
    if operation.takes_proofs:
        described["parameters"] = [_PROOF]
    if operation.security:
        described["security"] = operation.security
    if operation.form:
        described["requestBody"] = {"content": {FORM: {"schema": _form(operation)}}}
    if operation.body:
        described["requestBody"] = {"required": True, "content": _contents({JSON: operation.body})}
    return described


_NAME = str.maketrans({"/": "_", "{": "", "}": "", ".": "_", "-": "_"})


def _form(operation: Operation) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": words} for name, words in operation.form.items()
        },
        "required": list(operation.required),
    }


def _contents(names: dict[str, str]) -> dict[str, Any]:
    return {
        media: {"schema": {"$ref": f"#/components/schemas/{name}"}} for media, name in names.items()
    }


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "properties": required | optional, "required": list(required)}


_TEXT = {"type": "string", "minLength": 1}
_INDEX = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
_HASH = {"type": "string", "contentEncoding": "base64", "minLength": 44, "maxLength": 44}
_PROOF_STEPS = {"type": "array", "items": _HASH}
_SCHEMA_OF = {"client_id": _TEXT}
_PARAMETER = re.compile(r"\{(\w+)\}")
_PROOF: dict[str, Any] = {
    "name": "DPoP",
    "in": "header",
    "description": "A proof of the key that the access token is, or is to be, bound to (RFC 9449).",
    "schema": {"type": "string"},
}
_SECONDS = {"type": "integer", "minimum": 1}
_FLAG = {"type": "boolean"}
_SCHEMAS: dict[str, Any] = {
    "Anything": {"type": "object"},
    "Metadata": {"type": "object"},
    "Jwks": _object({"keys": {"type": "array", "items": {"type": "object"}, "minItems": 1}}),
    "Jwt": {"type": "string"},
    "Pushed": _object({"request_uri": _TEXT, "expires_in": _SECONDS}),
    "Tokens": _object(
        {
            "access_token": _TEXT,
            "token_type": {"enum": ["Bearer", "DPoP"]},
            "expires_in": _SECONDS,
        },
        scope=_TEXT,
        id_token=_TEXT,
        refresh_token=_TEXT,
    ),
    "Introspection": _object({"active": _FLAG}),
    "UserInfo": _object(
        {"sub": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{25}$"}},
    ),
    "Client": _object({"client_id": _TEXT}, client_secret=_TEXT),
    "Note": {"type": "string"},
    "Heads": _object(
        {
            "origin": _TEXT,
            "keys": {"type": "array", "items": _TEXT, "minItems": 1},
            "heads": {
                "type": "array",
                "items": _object({"size": _SECONDS, "root": _HASH, "at": _SECONDS, "note": _TEXT}),
            },
            "older": {"type": ["string", "null"]},
        }
    ),
    "Consistency": _object({"old": _SECONDS, "new": _SECONDS, "proof": _PROOF_STEPS}),
    "Inclusion": _object(
        {"index": _INDEX, "size": _SECONDS, "leaf_hash": _HASH, "proof": _PROOF_STEPS}
    ),
    "Months": _object(
        {
            "months": {
                "type": "array",
                "items": _object(
                    {
                        "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
                        "counts": {"type": "object", "additionalProperties": _INDEX},
                        "index": _INDEX,
                        "entry": _TEXT,
                    }
                ),
            }
        }
    ),
    "Error": _object(
        {
            "error_description": _TEXT,
            "error_uri": {"type": "string", "format": "uri"},
            "error_code": {"enum": sorted(cause.value for cause in Cause)},
            "request_id": {"type": "string", "pattern": "^[0-9a-f]{18}$"},
        },
        error=_TEXT,
    ),
}
_SECURITY: dict[str, Any] = {
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "Or client_secret_post, private_key_jwt, none: as the client registered.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "Or DPoP (RFC 9449)."},
}
