"""Tables of the catalogue."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import (
    Base,
    BigInt,
    CompanyKey,
    CreatedAt,
    GeneratedId,
    KeyPart,
    Money,
    Quantity,
    Version,
)


class Category(Base):
    """A group of products, with a default low-stock threshold where wanted."""

    __tablename__ = "categories"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(comment="the name in lower case")
    low_stock_threshold: Mapped[Quantity | None]
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        UniqueConstraint("company_id", "name_key"),
        CheckConstraint("low_stock_threshold >= 0", name="low_stock_threshold"),
    )


class Product(Base):
    """Something a company keeps and sells. It belongs to the company, never to a warehouse."""

    __tablename__ = "products"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    name: Mapped[str]
    sku: Mapped[str]
    sku_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="the SKU in normal form, unique in the company"
    )
    product_type: Mapped[str] = mapped_column(server_default=text("'standard'"))
    category_id: Mapped[BigInt | None]
    description: Mapped[str | None]
    barcode: Mapped[str | None] = mapped_column(comment="a GTIN as it was given")
    barcode_key: Mapped[str | None] = mapped_column(comment="the GTIN in 14 digits")
    unit: Mapped[str] = mapped_column(server_default=text("'each'"))
    price: Mapped[Money]
    cost_price: Mapped[Money | None]
    currency: Mapped[str]
    low_stock_threshold: Mapped[Quantity | None]
    reorder_quantity: Mapped[Quantity | None]
    allow_backorders: Mapped[bool | None] = mapped_column(comment="null: as the company says")
    weight_kg: Mapped[Quantity | None]
    length_cm: Mapped[Quantity | None]
    width_cm: Mapped[Quantity | None]
    height_cm: Mapped[Quantity | None]
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"),
        Computed("lower(name)", persisted=True),
        comment="what names are sorted and begin by",
    )
    search_text: Mapped[str] = mapped_column(
        Computed(
            "' ' || lower(name || ' ' || sku || ' ' || coalesce(barcode_key, '')"
            " || ' ' || coalesce(left(description, 1000), ''))",
            persisted=True,
        )
    )

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(
            ["company_id", "category_id"], ["categories.company_id", "categories.id"]
        ),
        UniqueConstraint("company_id", "sku_key"),
        Index(
            "products_barcode_key",
            "company_id",
            "barcode_key",
            unique=True,
            postgresql_where=text("archived_at IS NULL AND barcode_key IS NOT NULL"),
        ),
        Index(None, "company_id", "category_id", "id"),
        Index(None, "company_id", "name_key", "id"),
        Index(
            "products_search_idx",
            "company_id",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        CheckConstraint("product_type IN ('standard', 'bundle')", name="product_type"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("cost_price >= 0", name="cost_price"),
        CheckConstraint("low_stock_threshold >= 0", name="low_stock_threshold"),
        CheckConstraint("reorder_quantity >= 0", name="reorder_quantity"),
    )


class BundleComponent(Base):
    """How many of a component one bundle holds."""

    __tablename__ = "bundle_components"

    company_id: Mapped[CompanyKey]
    bundle_id: Mapped[KeyPart]
    component_id: Mapped[KeyPart]
    quantity: Mapped[Quantity]

    __table_args__ = (
        ForeignKeyConstraint(["company_id", "bundle_id"], ["products.company_id", "products.id"]),
        ForeignKeyConstraint(
            ["company_id", "component_id"], ["products.company_id", "products.id"]
        ),
        Index(None, "company_id", "component_id", "bundle_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("bundle_id <> component_id", name="not_itself"),
    )


class PlatformSku(Base):
    """SKUs of all companies, where the deployment wants them unique across companies."""

    __tablename__ = "platform_skus"

    sku_key: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[BigInt] = mapped_column(BigInteger)
    product_id: Mapped[BigInt] = mapped_column(BigInteger)
