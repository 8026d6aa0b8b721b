"""Files sent by a browser, to be mapped, checked and imported; they are kept for a day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
from stockflow.migrations.protection import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KIND = (
    "kind IN ('warehouses', 'suppliers', 'customers', 'products', 'product-suppliers', 'movements')"
)
_STATUS = (
    "status IN ('uploaded', 'checking', 'checked', 'refused', 'importing', 'imported', 'failed')"
)


def upgrade() -> None:
    _import_uploads()
    _import_upload_chunks()
    _import_upload_rejects()
    _import_headers()
    for table in (
        "import_uploads",
        "import_upload_chunks",
        "import_upload_rejects",
        "import_headers",
    ):
        protect(table, "SELECT, INSERT, UPDATE, DELETE")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _document(name: str, **options: object) -> "sa.Column[object]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), **options)  # type: ignore[arg-type]


def _import_uploads() -> None:
    op.create_table(
        "import_uploads",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _document("header", nullable=False),
        _document("sample", nullable=False, comment="the first rows"),
        _document(
            "mapping", nullable=False, comment="the field of each column; null: it is ignored"
        ),
        sa.Column("status", sa.Text(), server_default=sa.text("'uploaded'"), nullable=False),
        sa.Column(
            "valid_rows",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="rows that are wrong are left out",
        ),
        sa.Column("phase", sa.Text(), nullable=True, comment="of the work that is being done"),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        _document("summary", nullable=True),
        sa.Column(
            "problem", sa.Text(), nullable=True, comment="why the file as a whole was refused"
        ),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "repeated",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="its rows had been imported before",
        ),
        sa.Column(
            "user_id", sa.BigInteger(), nullable=True, comment="whose it is; null: the operator's"
        ),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.moment("expires_at", nullable=False),
        sa.CheckConstraint(_KIND, name=op.f("import_uploads_kind")),
        sa.CheckConstraint(_STATUS, name=op.f("import_uploads_status")),
        sa.CheckConstraint(
            "status <> 'imported' OR import_id IS NOT NULL", name=op.f("import_uploads_imported")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("import_uploads_company_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "import_id"],
            ["imports.company_id", "imports.id"],
            name=op.f("import_uploads_company_id_import_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("import_uploads_pkey")),
    )
    op.create_index(
        op.f("import_uploads_company_id_expires_at_idx"),
        "import_uploads",
        ["company_id", "expires_at"],
    )


def _of_upload(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["company_id", "upload_id"],
        ["import_uploads.company_id", "import_uploads.id"],
        name=op.f(f"{table}_company_id_upload_id_fkey"),
        ondelete="CASCADE",
    )


def _import_upload_chunks() -> None:
    op.create_table(
        "import_upload_chunks",
        columns.key("company_id"),
        columns.key("upload_id"),
        columns.key("chunk", comment="its place in the file, from 0"),
        sa.Column("content", postgresql.BYTEA(), nullable=False),
        _of_upload("import_upload_chunks"),
        sa.PrimaryKeyConstraint(
            "company_id", "upload_id", "chunk", name=op.f("import_upload_chunks_pkey")
        ),
    )


def _import_upload_rejects() -> None:
    op.create_table(
        "import_upload_rejects",
        columns.key("company_id"),
        columns.key("upload_id"),
        columns.key("row", comment="as a spreadsheet counts"),
        _document("cells", nullable=False, comment="by field, without empty ones"),
        _document("errors", nullable=False),
        _of_upload("import_upload_rejects"),
        sa.PrimaryKeyConstraint(
            "company_id", "upload_id", "row", name=op.f("import_upload_rejects_pkey")
        ),
    )


def _import_headers() -> None:
    op.create_table(
        "import_headers",
        columns.key("company_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True, comment="null: it is ignored"),
        columns.recorded("updated_at"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("import_headers_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "kind", "header", name=op.f("import_headers_pkey")),
    )


def downgrade() -> None:
    op.drop_table("import_headers")
    op.drop_table("import_upload_rejects")
    op.drop_table("import_upload_chunks")
    op.drop_table("import_uploads")
