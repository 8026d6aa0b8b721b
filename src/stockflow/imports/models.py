"""The table of imports."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import Base, BigInt, CompanyKey, CreatedAt, GeneratedId


class Import(Base):
    """A file that was taken in; the same content is never taken in twice."""

    __tablename__ = "imports"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    kind: Mapped[str]
    filename: Mapped[str]
    digest: Mapped[bytes]
    summary: Mapped[dict[str, object]] = mapped_column(JSONB)
    user_id: Mapped[BigInt | None]
    api_key_id: Mapped[BigInt | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        UniqueConstraint("company_id", "kind", "digest"),
        CheckConstraint(
            "kind IN ('warehouses', 'suppliers', 'customers', 'products', 'product-suppliers',"
            " 'movements')",
            name="kind",
        ),
    )
