"""The table of warehouses."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import Base, CompanyKey, CreatedAt, GeneratedId, Version


class Warehouse(Base):
    """A place of a company where stock lies. Never deleted; an inactive one takes no new stock."""

    __tablename__ = "warehouses"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    code: Mapped[str]
    code_key: Mapped[str] = mapped_column(comment="the code in upper case")
    name: Mapped[str]
    type: Mapped[str] = mapped_column(server_default=text("'fulfilment'"))
    address: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(comment="ISO 3166-1 alpha-2")
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    priority: Mapped[int] = mapped_column(
        server_default=text("100"), comment="orders are served from low ones first"
    )
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        UniqueConstraint("company_id", "code_key"),
        CheckConstraint("priority BETWEEN 1 AND 1000", name="priority"),
        CheckConstraint("type IN ('fulfilment', 'retail', 'drop_ship', 'virtual')", name="type"),
    )
