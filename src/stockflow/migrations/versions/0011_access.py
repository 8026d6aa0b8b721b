"""People sign in: sessions, limited attempts, second factors, forgotten passwords, invitations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_USER_COLUMNS = ("locale", "address_confirmed_at", "totp_secret", "totp_since", "totp_last_step")

# Which companies somebody belongs to crosses the companies, where requests see one. So they ask a
# function that runs as the owner, whom policies of its own let read memberships and companies.
_COMPANIES_OF_USER = """
CREATE FUNCTION companies_of_user(wanted bigint)
RETURNS TABLE (company_id bigint, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT m.company_id, c.name, m.role
  FROM memberships m
  JOIN companies c ON c.id = m.company_id
 WHERE m.user_id = wanted
 ORDER BY lower(c.name), m.company_id
$$
"""


def upgrade() -> None:
    _users()
    _sessions()
    _sign_in_attempts()
    _password_resets()
    _recovery_codes()
    _invitations()
    op.create_index(op.f("memberships_user_id_idx"), "memberships", ["user_id"])
    op.execute("CREATE POLICY of_user ON memberships FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(_COMPANIES_OF_USER)
    op.execute("REVOKE ALL ON FUNCTION companies_of_user FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION companies_of_user TO {APP_ROLE}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _users() -> None:
    op.add_column("users", sa.Column("locale", sa.Text(), comment="null: the browser's"))
    op.add_column(
        "users",
        columns.moment(
            "address_confirmed_at",
            nullable=True,
            comment="null: nobody has shown yet that they get its mail",
        ),
    )
    op.add_column("users", sa.Column("totp_secret", sa.Text(), comment="base 32"))
    op.add_column(
        "users",
        columns.moment("totp_since", nullable=True, comment="null: the secret was never confirmed"),
    )
    op.add_column(
        "users",
        sa.Column("totp_last_step", sa.BigInteger(), comment="the period of the last used code"),
    )
    # so far the operator alone has given passwords, to people they knew
    op.execute("UPDATE users SET address_confirmed_at = created_at WHERE password_hash IS NOT NULL")


def _sessions() -> None:
    tables.create(
        "sessions",
        columns.generated_id(),
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        columns.id_of("user_id"),
        columns.flag("half_open", comment="waits for the second factor"),
        columns.text("address"),
        columns.text("user_agent"),
        columns.recorded("created_at"),
        columns.recorded("last_seen_at"),
        columns.moment("expires_at"),
        columns.moment("revoked_at", nullable=True),
        tables.user("user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("sessions_token_hash_key")),
    )
    op.create_index(op.f("sessions_user_id_id_idx"), "sessions", ["user_id", "id"])
    op.execute(
        f"GRANT SELECT, INSERT, DELETE, UPDATE (last_seen_at, revoked_at) ON sessions TO {APP_ROLE}"
    )


def _sign_in_attempts() -> None:
    tables.create(
        "sign_in_attempts",
        sa.Column(
            "bucket",
            postgresql.BYTEA(),
            nullable=False,
            comment="hash of what the attempts are counted for, such as an account",
        ),
        sa.Column("attempted_at", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        columns.moment("expires_at"),
        sa.PrimaryKeyConstraint("bucket", name=op.f("sign_in_attempts_pkey")),
    )
    op.create_index(op.f("sign_in_attempts_expires_at_idx"), "sign_in_attempts", ["expires_at"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempts TO {APP_ROLE}")


def _password_resets() -> None:
    tables.create(
        "password_resets",
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        columns.id_of("user_id"),
        columns.recorded("created_at"),
        columns.moment("expires_at"),
        tables.user("user_id"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("password_resets_pkey")),
    )
    op.create_index(op.f("password_resets_user_id_idx"), "password_resets", ["user_id"])
    op.execute(f"GRANT SELECT, INSERT, DELETE ON password_resets TO {APP_ROLE}")


def _recovery_codes() -> None:
    tables.create(
        "recovery_codes",
        columns.key("user_id"),
        sa.Column("code_hash", postgresql.BYTEA(), nullable=False),
        tables.user("user_id"),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("recovery_codes_pkey")),
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON recovery_codes TO {APP_ROLE}")


def _invitations() -> None:
    tables.create(
        "invitations",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("email"),
        columns.text("email_key", comment="the address in lower case"),
        columns.text("role"),
        columns.ids_of("warehouse_ids", nullable=True, comment="null: all warehouses"),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        columns.id_of("created_by", nullable=True),
        columns.recorded("created_at"),
        columns.moment("expires_at"),
        columns.moment("accepted_at", nullable=True),
        columns.moment("revoked_at", nullable=True),
        tables.check("role", "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')"),
        tables.reference("companies"),
        tables.user("created_by"),
        tables.primary_key("id"),
        tables.unique("secret_hash"),
    )
    tables.index(
        "invitations",
        "email_key",
        name="invitations_open_key",
        unique=True,
        where="accepted_at IS NULL AND revoked_at IS NULL",
    )
    protect("invitations", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP FUNCTION companies_of_user")
    op.execute("DROP POLICY of_user ON memberships")
    op.drop_index(op.f("memberships_user_id_idx"), table_name="memberships")
    for table in (
        "invitations",
        "recovery_codes",
        "password_resets",
        "sign_in_attempts",
        "sessions",
    ):
        op.drop_table(table)
    for name in _USER_COLUMNS:
        op.drop_column("users", name)
