"""Fails when the migrations and the models describe different schemas."""

import sys
import tempfile
from pathlib import Path

from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.settings import Settings
from stockflow.migrations import drift, migrate


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(data_dir=Path(directory), database_url=None)
        with running_postgres(settings) as database:
            migrate(database.owner)
            differences = drift(database.owner)
    for difference in differences:
        print(difference)
    print(f"Migrations: {len(differences)} differences from the models.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
