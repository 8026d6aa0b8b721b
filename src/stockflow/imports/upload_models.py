"""The tables of files sent by a browser, kept until they are imported or a day has passed."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import (
    Base,
    BigInt,
    CompanyKey,
    CreatedAt,
    GeneratedId,
    KeyPart,
    Moment,
)

_OF_UPLOAD = (
    ["company_id", "upload_id"],
    ["import_uploads.company_id", "import_uploads.id"],
)


class ImportUpload(Base):
    """A file that a person is about to import: what its columns are, and how far it is."""

    __tablename__ = "import_uploads"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    kind: Mapped[str]
    filename: Mapped[str]
    size_bytes: Mapped[BigInt]
    header: Mapped[list[str]] = mapped_column(JSONB)
    sample: Mapped[list[dict[str, object]]] = mapped_column(JSONB, comment="the first rows")
    mapping: Mapped[list[str | None]] = mapped_column(
        JSONB, comment="the field of each column; null: it is ignored"
    )
    status: Mapped[str] = mapped_column(server_default=text("'uploaded'"))
    valid_rows: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="rows that are wrong are left out"
    )
    phase: Mapped[str | None] = mapped_column(comment="of the work that is being done")
    done: Mapped[BigInt | None]
    total: Mapped[BigInt | None]
    summary: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    problem: Mapped[str | None] = mapped_column(comment="why the file as a whole was refused")
    import_id: Mapped[BigInt | None]
    repeated: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="its rows had been imported before"
    )
    user_id: Mapped[BigInt | None] = mapped_column(comment="whose it is; null: the operator's")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(["company_id", "import_id"], ["imports.company_id", "imports.id"]),
        CheckConstraint(
            "kind IN ('warehouses', 'suppliers', 'customers', 'products', 'product-suppliers',"
            " 'movements')",
            name="kind",
        ),
        CheckConstraint(
            "status IN ('uploaded', 'checking', 'checked', 'refused', 'importing', 'imported',"
            " 'failed')",
            name="status",
        ),
        CheckConstraint("status <> 'imported' OR import_id IS NOT NULL", name="imported"),
        Index(None, "company_id", "expires_at"),
    )


class ImportUploadChunk(Base):
    """A piece of an upload."""

    __tablename__ = "import_upload_chunks"

    company_id: Mapped[CompanyKey]
    upload_id: Mapped[KeyPart]
    chunk: Mapped[KeyPart] = mapped_column(comment="its place in the file, from 0")
    content: Mapped[bytes]

    __table_args__ = (ForeignKeyConstraint(*_OF_UPLOAD, ondelete="CASCADE"),)


class ImportUploadReject(Base):
    """A row of an upload that cannot be imported as it is."""

    __tablename__ = "import_upload_rejects"

    company_id: Mapped[CompanyKey]
    upload_id: Mapped[KeyPart]
    row: Mapped[KeyPart] = mapped_column(comment="as a spreadsheet counts")
    cells: Mapped[dict[str, str]] = mapped_column(JSONB, comment="by field, without empty ones")
    errors: Mapped[list[dict[str, object]]] = mapped_column(JSONB)

    __table_args__ = (ForeignKeyConstraint(*_OF_UPLOAD, ondelete="CASCADE"),)


class ImportHeader(Base):
    """What a column of this name was said to be, the last time."""

    __tablename__ = "import_headers"

    company_id: Mapped[CompanyKey]
    kind: Mapped[str] = mapped_column(primary_key=True)
    header: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str | None] = mapped_column(comment="null: it is ignored")
    updated_at: Mapped[CreatedAt]

    __table_args__ = (ForeignKeyConstraint(["company_id"], ["companies.id"]),)
