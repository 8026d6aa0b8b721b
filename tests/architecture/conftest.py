"""Fixtures of the architecture tests."""

from tests.architecture.world import untouched, world

__all__ = ["untouched", "world"]
