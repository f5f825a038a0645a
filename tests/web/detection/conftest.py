"""What the tests of data sets and batches share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import translation


@pytest.fixture
def clean_store(settings: LazySettings, tmp_path: Path) -> Iterator[Path]:
    """A store of its own."""
    settings.STORE = tmp_path / "store"
    settings.STORE.mkdir()
    yield settings.STORE
    shutil.rmtree(settings.STORE, ignore_errors=True)


@pytest.fixture(autouse=True)
def speaks_chinese() -> Iterator[None]:
    """A page that was asked for in English leaves its thread speaking it; the next test must not hear that."""
    with translation.override("zh-hans"):
        yield
