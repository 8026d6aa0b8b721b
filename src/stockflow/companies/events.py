"""What other features hear of a company, inside the transaction of the change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompanyRulesChanged:
    """Default thresholds, the rule of low stock, or the rule of backorders changed.

    The scope that publishes it carries the company with its new rules.
    """


@dataclass(frozen=True, slots=True)
class TimezoneChanging:
    """The time zone is about to change; a subscriber may refuse by raising."""
