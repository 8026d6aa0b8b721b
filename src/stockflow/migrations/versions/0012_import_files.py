"""Files sent by a browser, to be mapped, checked and imported; they are kept for a day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
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
    tables.create(
        "import_uploads",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("kind"),
        columns.text("filename"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _document("header", nullable=False),
        _document("sample", nullable=False, comment="the first rows"),
        _document(
            "mapping", nullable=False, comment="the field of each column; null: it is ignored"
        ),
        columns.text("status", server_default=sa.text("'uploaded'")),
        columns.flag("valid_rows", False, comment="rows that are wrong are left out"),
        columns.text("phase", nullable=True, comment="of the work that is being done"),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        _document("summary", nullable=True),
        columns.text("problem", nullable=True, comment="why the file as a whole was refused"),
        columns.id_of("import_id", nullable=True),
        columns.flag("repeated", False, comment="its rows had been imported before"),
        columns.id_of("user_id", nullable=True, comment="whose it is; null: the operator's"),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.moment("expires_at"),
        sa.CheckConstraint(_KIND, name=op.f("import_uploads_kind")),
        sa.CheckConstraint(_STATUS, name=op.f("import_uploads_status")),
        tables.check("imported", "status <> 'imported' OR import_id IS NOT NULL"),
        tables.reference("companies"),
        tables.reference("imports", "import_id"),
        tables.primary_key("id"),
    )
    tables.index("import_uploads", "expires_at")


def _of_upload(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["company_id", "upload_id"],
        ["import_uploads.company_id", "import_uploads.id"],
        name=op.f(f"{table}_company_id_upload_id_fkey"),
        ondelete="CASCADE",
    )


def _import_upload_chunks() -> None:
    tables.create(
        "import_upload_chunks",
        columns.key("company_id"),
        columns.key("upload_id"),
        columns.key("chunk", comment="its place in the file, from 0"),
        sa.Column("content", postgresql.BYTEA(), nullable=False),
        _of_upload("import_upload_chunks"),
        tables.primary_key("upload_id", "chunk"),
    )


def _import_upload_rejects() -> None:
    tables.create(
        "import_upload_rejects",
        columns.key("company_id"),
        columns.key("upload_id"),
        columns.key("row", comment="as a spreadsheet counts"),
        _document("cells", nullable=False, comment="by field, without empty ones"),
        _document("errors", nullable=False),
        _of_upload("import_upload_rejects"),
        tables.primary_key("upload_id", "row"),
    )


def _import_headers() -> None:
    tables.create(
        "import_headers",
        columns.key("company_id"),
        columns.text("kind"),
        columns.text("header"),
        columns.text("field", nullable=True, comment="null: it is ignored"),
        columns.recorded("updated_at"),
        tables.reference("companies"),
        tables.primary_key("kind", "header"),
    )


def downgrade() -> None:
    op.drop_table("import_headers")
    op.drop_table("import_upload_rejects")
    op.drop_table("import_upload_chunks")
    op.drop_table("import_uploads")
