"""Attacks go through the real HTTP surface of a provider that those of one file share."""

from pathlib import Path

import pytest

from tests.support.shared_provider import platform, provider, share_one_loop, visitor

__all__ = ["platform", "provider", "visitor"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    share_one_loop(items, Path(__file__).parent)
