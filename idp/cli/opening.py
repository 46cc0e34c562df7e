"""Opening an instance for use: its schema is the newest and its keys are readable."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from idp.app import SchemaOutdated, check_schema, open_keystore
from idp.app.upstreams import read_upstreams
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, one_line, stores
from idp.storage import schema

if TYPE_CHECKING:
    from idp.keystore import Keystore
    from idp.settings import Settings


def open_keys(settings: Settings) -> Keystore:
    """Return the keys of an instance that can be used; raises Failure with what to do."""
    for store, url in stores(settings).items():
        asking(store, partial(schema.current, store, url))
    with one_line():
        try:
            check_schema(settings)
        except SchemaOutdated as error:
            raise Failure(ExitCode.INSTANCE, "schema_outdated", str(error)) from error
        read_upstreams(settings)  # here, where an operator reads it, and not first in a worker
        return open_keystore(settings)
