"""The base of all tables. Models describe the schema and build statements; they are never loaded."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BigInt = Annotated[int, mapped_column(BigInteger)]
CompanyKey = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
"""`company_id`, first in the primary key of every tenant table."""

KeyPart = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
GeneratedId = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Quantity = Annotated[Decimal, mapped_column(Numeric(18, 4))]
ZeroQuantity = Annotated[Decimal, mapped_column(Numeric(18, 4), server_default="0")]
Money = Annotated[Decimal, mapped_column(Numeric(18, 4))]
ZeroMoney = Annotated[Decimal, mapped_column(Numeric(18, 4), server_default="0")]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
Version = Annotated[int, mapped_column(Integer, server_default="1")]


class Base(DeclarativeBase):
    """All tables of StockFlow; constraints are named by one rule, so that errors can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar = {str: Text, bytes: BYTEA, dict[str, object]: JSONB}


class IdempotencyKey(Base):
    """A retried request finds here what the first one answered; rows live 24 hours."""

    __tablename__ = "idempotency_keys"

    company_id: Mapped[CompanyKey]
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[str | None]
    body: Mapped[bytes | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        Index(None, "company_id", "created_at"),
    )


class QueuedJob(Base):
    """A request for work to be done later; it goes in the transaction that does the work."""

    __tablename__ = "jobs"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    name: Mapped[str]
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(
        Integer, server_default="0", comment="how often it has failed"
    )
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        Index(None, "company_id", "name", "due_at"),
        Index(None, "due_at"),
    )
