"""Companies, their people and keys, and what is remembered of what was done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.migrations import columns, tables


def companies() -> None:
    tables.create(
        "companies",
        columns.generated_id(),
        columns.text("name"),
        columns.text("currency"),
        columns.text("timezone"),
        columns.flag("case_sensitive_skus", False),
        columns.flag("allow_backorders", False),
        columns.number("default_low_stock_threshold", server_default=sa.text("10"), nullable=True),
        columns.number("standard_low_stock_threshold", nullable=True),
        columns.flag("low_stock_at_threshold", False),
        columns.whole("sales_period_days", 30),
        columns.recorded("created_at"),
        columns.version(),
        tables.check("default_low_stock_threshold", "default_low_stock_threshold >= 0"),
        tables.check("sales_period_days", "sales_period_days BETWEEN 1 AND 365"),
        tables.check("standard_low_stock_threshold", "standard_low_stock_threshold >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("companies_pkey")),
    )


def users() -> None:
    tables.create(
        "users",
        columns.generated_id(),
        columns.text("email"),
        columns.text("email_key", comment="the address in lower case"),
        columns.text("name"),
        columns.text("password_hash", nullable=True, comment="argon2id; null: cannot sign in"),
        columns.recorded("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("email_key", name=op.f("users_email_key_key")),
    )


def memberships() -> None:
    tables.create(
        "memberships",
        columns.key("company_id"),
        columns.key("user_id"),
        columns.text("email", comment="the address as this company spells it"),
        columns.text("name", comment="what this company calls the person"),
        columns.text("role"),
        columns.ids_of("warehouse_ids", nullable=True, comment="null: all warehouses"),
        columns.recorded("created_at"),
        columns.version(),
        tables.check("role", "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')"),
        tables.reference("companies"),
        tables.user("user_id"),
        tables.primary_key("user_id"),
    )


def api_keys() -> None:
    tables.create(
        "api_keys",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("name"),
        columns.text("role"),
        columns.ids_of("warehouse_ids", nullable=True, comment="null: all warehouses"),
        columns.text("hint", comment="the last characters of the key, to tell keys apart"),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        columns.id_of("created_by", nullable=True),
        columns.recorded("created_at"),
        columns.moment("last_used_at", nullable=True),
        columns.moment("revoked_at", nullable=True),
        tables.check("role", "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')"),
        tables.reference("companies"),
        tables.user("created_by"),
        tables.primary_key("id"),
        tables.unique("secret_hash"),
    )


def audit_entries() -> None:
    tables.create(
        "audit_entries",
        columns.key("company_id"),
        columns.generated_id(),
        columns.recorded("occurred_at"),
        columns.text("entity"),
        columns.id_of("entity_id"),
        columns.text("action"),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="field → [before, after]",
        ),
        columns.id_of("user_id", nullable=True),
        columns.id_of("api_key_id", nullable=True),
        columns.text("request_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
    )
    tables.index("audit_entries", "entity", "entity_id", "id")


def idempotency_keys() -> None:
    tables.create(
        "idempotency_keys",
        columns.key("company_id"),
        columns.text("key"),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        columns.whole("status", nullable=True),
        columns.text("headers", nullable=True),
        sa.Column("body", postgresql.BYTEA(), nullable=True),
        columns.recorded("created_at"),
        tables.reference("companies"),
        tables.primary_key("key"),
    )
    tables.index("idempotency_keys", "created_at")


def imports() -> None:
    tables.create(
        "imports",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("kind"),
        columns.text("filename"),
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        columns.id_of("user_id", nullable=True),
        columns.id_of("api_key_id", nullable=True),
        columns.recorded("created_at"),
        tables.check(
            "kind",
            "kind IN ('warehouses', 'suppliers', 'products', 'product-suppliers', 'movements')",
        ),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("kind", "digest"),
    )
