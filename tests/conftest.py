"""What the tests share: the bench, and the folder of the repaired copies and of what is known of serving them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from bench.repairs import Repairs
from bench.serve import Bench
from bench.servings import Servings
from bench.tool import ToolServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_configure() -> None:
    """A shell that starts the tests in the background has them ignore SIGINT, and all that they start would too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One API server and one fork server for each test process; neither starts before a test asks for it."""
    with Bench() as running:
        yield running


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of the session share."""
    base: Path = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def repairs(shared: Path) -> Iterator[Repairs]:
    """The repairs of the fixtures by the real tool."""
    with ToolServer() as tool:
        yield Repairs(shared / "repairs", tool.run)


@pytest.fixture(scope="session")
def servings(shared: Path, bench: Bench) -> Servings:
    """The repaired projects, served."""
    return Servings(shared / "servings", bench)
