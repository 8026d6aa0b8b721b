"""Fixtures of the architecture tests."""

from tests.architecture.world import world

__all__ = ["world"]
