"""What an operator does about second factors: seal them with a key, and switch one off."""

import psycopg

from stockflow.foundation.postgres import running_postgres
from stockflow.foundation.settings import Settings
from tests.cli.conftest import Deployment

_ALL = "SELECT totp_secret FROM users"


def test_an_operator_seals_second_factors_and_switches_one_off(deployment: Deployment) -> None:
    deployment.keep_postgres()
    made = deployment.run("company", "create", "Acme", "--owner-email", "o@acme.example", "--json")
    assert made.status == 0, made.err
    with (
        running_postgres(Settings(data_dir=deployment.data_dir)) as conninfo,
        psycopg.connect(conninfo.owner, autocommit=True) as connection,
    ):
        connection.execute("UPDATE users SET totp_secret = 'JBSWY3DPEHPK3PXP', totp_since = now()")

        sealed = deployment.run("user", "seal-second-factors", "--json")
        (kept,) = connection.execute(_ALL).fetchone() or ("",)
        (deployment.data_dir / "secret.key").write_text("of another server " * 2)
        unreadable = deployment.run("user", "seal-second-factors")
        (still,) = connection.execute(_ALL).fetchone() or ("",)
        off = deployment.run("user", "switch-off-second-factor", "O@acme.example")
        (gone,) = connection.execute(_ALL).fetchone() or ("",)

    assert (sealed.status, sealed.json) == (0, {"sealed": 1, "unreadable": 0})
    assert kept.startswith("fernet:")
    assert unreadable.status == 1
    assert "0 secrets are sealed; 1 can be read with no key." in unreadable.out
    assert still == kept
    assert (off.status, off.out, gone) == (0, "The second factor is off.\n", None)
