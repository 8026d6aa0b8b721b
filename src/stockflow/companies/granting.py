"""What a form that hands out power offers, and what was chosen in it: a role, and warehouses."""

from collections.abc import Iterable, Mapping

from stockflow.companies.power import RANKS
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import ReadScope
from stockflow.web.forms import Typed

SOME = "some"


def grantable_roles(scope: ReadScope) -> list[Role]:
    """The roles the actor may hand out, weakest first."""
    return list(RANKS[: RANKS.index(scope.actor.role) + 1])


def chosen_limits(fields: Typed) -> dict[str, object]:
    """The warehouses chosen, or all of them: no box ticked of "only these" is nothing, and not all."""
    if fields.values.get("_limits") != SOME:
        return {"warehouse_ids": None}
    return {"warehouse_ids": [text for text in fields.lists.get("warehouse_ids[]", ()) if text]}


def limits_text(warehouse_ids: Iterable[int] | None, codes: Mapping[int, str]) -> str:
    """The warehouses of a member or key, by code."""
    if warehouse_ids is None:
        return "All"
    return ", ".join(sorted(codes.get(one, "another") for one in warehouse_ids))
