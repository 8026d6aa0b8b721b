"""Tables of companies, people, keys and the audit log."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
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
    Money,
    Quantity,
    Version,
)

_ROLE = "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')"


class Company(Base):
    """A tenant. Its id is the `company_id` of everything it owns."""

    __tablename__ = "companies"

    id: Mapped[GeneratedId]
    name: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    case_sensitive_skus: Mapped[bool] = mapped_column(server_default=text("false"))
    allow_backorders: Mapped[bool] = mapped_column(server_default=text("false"))
    default_low_stock_threshold: Mapped[Quantity | None] = mapped_column(server_default=text("10"))
    standard_low_stock_threshold: Mapped[Quantity | None]
    low_stock_at_threshold: Mapped[bool] = mapped_column(server_default=text("false"))
    sales_period_days: Mapped[int] = mapped_column(server_default=text("30"))
    backorder_orders: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="sales orders may be confirmed short"
    )
    allocation_rule: Mapped[str] = mapped_column(server_default=text("'most_whole'"))
    reservation_hours: Mapped[int | None] = mapped_column(comment="null: until shipped")
    purchase_approval_above: Mapped[Money | None]
    purchase_terms_rule: Mapped[str] = mapped_column(server_default=text("'warn'"))
    over_receipt_percent: Mapped[Quantity] = mapped_column(server_default=text("0"))
    recount_above: Mapped[Quantity | None]
    count_approval_above: Mapped[Money | None] = mapped_column(comment="value of differences")
    adjustment_approval_quantity: Mapped[Quantity | None]
    adjustment_approval_value: Mapped[Money | None]
    created_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        CheckConstraint("sales_period_days BETWEEN 1 AND 365", name="sales_period_days"),
        CheckConstraint("allocation_rule IN ('priority', 'most_whole')", name="allocation_rule"),
        CheckConstraint("reservation_hours BETWEEN 1 AND 8760", name="reservation_hours"),
        CheckConstraint("purchase_approval_above >= 0", name="purchase_approval_above"),
        CheckConstraint("purchase_terms_rule IN ('warn', 'refuse')", name="purchase_terms_rule"),
        CheckConstraint("over_receipt_percent BETWEEN 0 AND 100", name="over_receipt_percent"),
        CheckConstraint("recount_above >= 0", name="recount_above"),
        CheckConstraint("count_approval_above >= 0", name="count_approval_above"),
        CheckConstraint("adjustment_approval_quantity >= 0", name="adjustment_approval_quantity"),
        CheckConstraint("adjustment_approval_value >= 0", name="adjustment_approval_value"),
        CheckConstraint("default_low_stock_threshold >= 0", name="default_low_stock_threshold"),
        CheckConstraint("standard_low_stock_threshold >= 0", name="standard_low_stock_threshold"),
    )


class User(Base):
    """A person; global, because one person may belong to several companies."""

    __tablename__ = "users"

    id: Mapped[GeneratedId]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(comment="the address in lower case")
    name: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(comment="argon2id; null: cannot sign in")
    created_at: Mapped[CreatedAt]
    locale: Mapped[str | None] = mapped_column(comment="null: the browser's")
    address_confirmed_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="null: nobody has shown yet that they get its mail"
    )
    totp_secret: Mapped[str | None] = mapped_column(
        comment="base 32, sealed where the server has a key"
    )
    totp_since: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="null: the secret was never confirmed"
    )
    totp_last_step: Mapped[BigInt | None] = mapped_column(
        comment="the period of the last used code"
    )

    __table_args__ = (UniqueConstraint("email_key"),)


class Membership(Base):
    """A user in a company, with a role and, where wanted, only some warehouses."""

    __tablename__ = "memberships"

    company_id: Mapped[CompanyKey]
    user_id: Mapped[KeyPart]
    email: Mapped[str] = mapped_column(comment="the address as this company spells it")
    name: Mapped[str] = mapped_column(comment="what this company calls the person")
    role: Mapped[str]
    warehouse_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="null: all warehouses"
    )
    created_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(["user_id"], ["users.id"]),
        CheckConstraint(_ROLE, name="role"),
        Index(None, "user_id"),
    )


class Invitation(Base):
    """An offer of a membership to whoever gets the mail of an address. Its link is kept as a hash."""

    __tablename__ = "invitations"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(comment="the address in lower case")
    role: Mapped[str]
    warehouse_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="null: all warehouses"
    )
    secret_hash: Mapped[bytes]
    created_by: Mapped[BigInt | None]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(["created_by"], ["users.id"]),
        UniqueConstraint("company_id", "secret_hash"),
        CheckConstraint(_ROLE, name="role"),
        Index(
            "invitations_open_key",
            "company_id",
            "email_key",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )


class Session(Base):
    """A browser in which somebody signed in; global like users. The token is kept as its SHA-256."""

    __tablename__ = "sessions"

    id: Mapped[GeneratedId]
    token_hash: Mapped[bytes]
    user_id: Mapped[BigInt]
    half_open: Mapped[bool] = mapped_column(comment="waits for the second factor")
    address: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"]),
        UniqueConstraint("token_hash"),
        Index(None, "user_id", "id"),
    )


class SignInAttempts(Base):
    """When something was tried lately that may be tried so often; global, as its tries are."""

    __tablename__ = "sign_in_attempts"

    bucket: Mapped[bytes] = mapped_column(
        primary_key=True, comment="hash of what the attempts are counted for, such as an account"
    )
    attempted_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    expires_at: Mapped[Moment]

    __table_args__ = (Index(None, "expires_at"),)


class PasswordReset(Base):
    """A link by which somebody who forgot their password may give a new one, once."""

    __tablename__ = "password_resets"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[BigInt]
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Moment]

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.id"]), Index(None, "user_id"))


class RecoveryCode(Base):
    """Stands in once for a code of the second factor; a used one is deleted."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[KeyPart]
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.id"]),)


class Founding(Base):
    """Which company somebody set up by a form, so that the same form sets up no other."""

    __tablename__ = "foundings"

    user_id: Mapped[KeyPart]
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    company_id: Mapped[BigInt]
    created_at: Mapped[CreatedAt]

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.id"]),)


class ApiKey(Base):
    """A credential of a program. The secret is shown once and kept as its SHA-256."""

    __tablename__ = "api_keys"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    name: Mapped[str]
    role: Mapped[str]
    warehouse_ids: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="null: all warehouses"
    )
    hint: Mapped[str] = mapped_column(comment="the last characters of the key, to tell keys apart")
    secret_hash: Mapped[bytes]
    created_by: Mapped[BigInt | None]
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(["created_by"], ["users.id"]),
        UniqueConstraint("company_id", "secret_hash"),
        CheckConstraint(_ROLE, name="role"),
    )


class AuditEntry(Base):
    """Who changed what and when. Append-only: the application may not change or delete rows."""

    __tablename__ = "audit_entries"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    occurred_at: Mapped[CreatedAt]
    entity: Mapped[str]
    entity_id: Mapped[BigInt]
    action: Mapped[str]
    changes: Mapped[dict[str, object]] = mapped_column(JSONB, comment="field → [before, after]")
    user_id: Mapped[BigInt | None]
    api_key_id: Mapped[BigInt | None]
    request_id: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        Index(None, "company_id", "entity", "entity_id", "id"),
    )


class DocumentNumber(Base):
    """The last number given in a series of documents, such as sales orders of 2026."""

    __tablename__ = "document_numbers"

    company_id: Mapped[CompanyKey]
    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]

    __table_args__ = (ForeignKeyConstraint(["company_id"], ["companies.id"]),)
