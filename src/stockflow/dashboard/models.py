"""The table of figures that are kept between looks."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import Base, CompanyKey, Moment


class KeptFigures(Base):
    """What a part of the dashboard showed last to those with the same warehouse limits."""

    __tablename__ = "kept_figures"

    company_id: Mapped[CompanyKey]
    name: Mapped[str] = mapped_column(primary_key=True)
    limits: Mapped[str] = mapped_column(
        primary_key=True, comment="'all', or the ids of the only warehouses with commas between"
    )
    wanted_at: Mapped[Moment]
    computed_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="before wanted_at: a job is due"
    )
    cost_ms: Mapped[int | None] = mapped_column(comment="what computing them took")
    body: Mapped[dict[str, object] | None] = mapped_column(JSONB)

    __table_args__ = (ForeignKeyConstraint(["company_id"], ["companies.id"]),)
