"""Whoever sets up a company twice by one form has one; secrets of devices are kept sealed.

A secret that was kept before stays as it is until its next use.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PLAIN = "base 32"
_SEALED = "base 32, sealed where the server has a key"


def upgrade() -> None:
    op.create_table(
        "foundings",
        columns.key("user_id"),
        sa.Column("key_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        columns.recorded("created_at"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("foundings_user_id_fkey")),
        sa.PrimaryKeyConstraint("user_id", "key_hash", name=op.f("foundings_pkey")),
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON foundings TO {APP_ROLE}")
    op.alter_column("users", "totp_secret", comment=_SEALED, existing_comment=_PLAIN)


def downgrade() -> None:
    op.alter_column("users", "totp_secret", comment=_PLAIN, existing_comment=_SEALED)
    op.drop_table("foundings")
