"""Static files: read once, named by their content, kept by browsers for ever.

The hash in the name makes every change a new address, so a file may be cached without end and an
old page never meets a new stylesheet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parent / "static"
CACHE_CONTROL = "public, max-age=31536000, immutable"
_HASH_LENGTH = 12
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class StaticFile(Struct, frozen=True):
    """One file: ``path`` without the base path, e.g. ``/static/site.3fa9c0d1e2b4.css``."""

    name: str
    path: str
    body: bytes
    content_type: str
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers to serve it with; an SVG opened by itself runs nothing (CWE-79)."""
        return {
            "Cache-Control": CACHE_CONTROL,
            "Content-Type": self.content_type,
            "ETag": self.etag,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }


def static_files() -> tuple[StaticFile, ...]:
    """Read all static files of the package, in order of their names."""
    return tuple(_read(path) for path in sorted(FOLDER.iterdir()) if path.suffix in _CONTENT_TYPES)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    return StaticFile(
        name=path.name,
        path=f"/static/{path.stem}.{digest}{path.suffix}",
        body=body,
        content_type=_CONTENT_TYPES[path.suffix],
        etag=f'"{digest}"',
    )
