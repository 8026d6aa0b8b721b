"""Tables of suppliers and their terms."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import (
    Base,
    CompanyKey,
    CreatedAt,
    GeneratedId,
    KeyPart,
    Money,
    Quantity,
    Version,
)


class Supplier(Base):
    """Who a company buys from. Never deleted; an inactive one is not suggested."""

    __tablename__ = "suppliers"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    code: Mapped[str | None]
    code_key: Mapped[str | None] = mapped_column(comment="the code in upper case")
    name: Mapped[str]
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    lead_time_days: Mapped[int | None]
    payment_terms: Mapped[str | None]
    currency: Mapped[str | None]
    tax_id: Mapped[str | None]
    notes: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        Index("suppliers_company_id_code_key_key", "company_id", "code_key", unique=True),
        CheckConstraint("lead_time_days BETWEEN 0 AND 3650", name="lead_time_days"),
    )


class ProductSupplier(Base):
    """The terms on which a supplier sells a product; at most one per product is preferred."""

    __tablename__ = "product_suppliers"

    company_id: Mapped[CompanyKey]
    product_id: Mapped[KeyPart]
    supplier_id: Mapped[KeyPart]
    supplier_sku: Mapped[str | None]
    cost_price: Mapped[Money | None]
    lead_time_days: Mapped[int | None] = mapped_column(comment="null: the supplier's own")
    minimum_order_quantity: Mapped[Quantity | None]
    order_multiple: Mapped[Quantity | None]
    is_preferred: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        ForeignKeyConstraint(
            ["company_id", "supplier_id"], ["suppliers.company_id", "suppliers.id"]
        ),
        Index(
            "product_suppliers_preferred_key",
            "company_id",
            "product_id",
            unique=True,
            postgresql_where=text("is_preferred"),
        ),
        Index(None, "company_id", "supplier_id", "product_id"),
        CheckConstraint("cost_price >= 0", name="cost_price"),
        CheckConstraint("lead_time_days BETWEEN 0 AND 3650", name="lead_time_days"),
        CheckConstraint("minimum_order_quantity >= 0", name="minimum_order_quantity"),
        CheckConstraint("order_multiple > 0", name="order_multiple"),
    )
