"""Settings that cannot work are refused when they are read."""

import os

import pytest
from pydantic import ValidationError

from stockflow.foundation.settings import Settings


def test_a_pool_has_room_for_an_import() -> None:
    """One holds a second connection aside."""
    with pytest.raises(ValidationError):
        Settings(pool_size=1)

    assert Settings(pool_size=2).pool_size == 2


def test_no_test_sees_the_settings_of_a_deployment() -> None:
    seen = {name for name in os.environ if name.startswith("STOCKFLOW_")}

    assert seen <= {"STOCKFLOW_TEST_DIRECTORY", "STOCKFLOW_TEST_DATABASE_URL"}
    assert Settings().database_url is None
