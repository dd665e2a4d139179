"""Fixtures that every test may use: the shipped model and runs of it, made once a session and never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import lithflow as lf


@pytest.fixture(scope="session")
def model() -> lf.Model:
    """The shipped parameters."""
    return lf.load()


@pytest.fixture(scope="session")
def baseline(model: lf.Model) -> lf.Run:
    """The scenario of observed history and current practice."""
    return model.run("baseline")


@pytest.fixture(scope="session")
def goals(model: lf.Model) -> lf.Run:
    """The scenario of the source documents' goals."""
    return model.run("goals")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds the package, the parameters and the tests."""
    return Path(__file__).parents[1]
