"""How much power a role with warehouse limits is, and that nobody hands out more than their own."""

from collections.abc import Collection

from stockflow.companies.errors import MorePowerThanOwn, UnknownWarehouses
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import ReadScope, WarehouseNotAllowed

RANKS = (Role.VIEWER, Role.STAFF, Role.MANAGER, Role.ADMIN, Role.OWNER)
"""The roles, weakest first."""


def require_power_over(scope: ReadScope, role: Role, warehouse_ids: Collection[int] | None) -> None:
    """Refuse unless the actor has at least this role in at least these warehouses.

    Raises:
        MorePowerThanOwn: the role is higher than the actor's, or unlimited where the actor is not.
        WarehouseNotAllowed: a warehouse is outside the actor's limits.
    """
    if RANKS.index(role) > RANKS.index(scope.actor.role):
        raise MorePowerThanOwn(facts={"role": role, "own_role": scope.actor.role})
    limits = scope.actor.warehouse_ids
    if limits is None:
        return
    if warehouse_ids is None:
        raise MorePowerThanOwn(facts={"own_warehouse_ids": sorted(limits)})
    beyond = sorted(set(warehouse_ids) - limits)
    if beyond:
        raise WarehouseNotAllowed(facts={"warehouse_ids": beyond})


def require_no_limits(scope: ReadScope) -> None:
    """Refuse an actor who is limited to some warehouses: what follows is about all of them.

    Raises:
        Forbidden: it is limited, whatever its role.
    """
    if scope.actor.warehouse_ids is not None:
        raise Forbidden(
            "This concerns all warehouses, and these credentials are limited to some of them."
        )


async def require_known_warehouses(scope: ReadScope, warehouse_ids: Collection[int] | None) -> None:
    """Refuse ids that are no warehouses of this company.

    Raises:
        UnknownWarehouses: naming them; a warehouse of another company is unknown here.
    """
    if warehouse_ids is None:
        return
    cursor = await scope.execute(
        "SELECT id FROM warehouses WHERE company_id = %s AND id = ANY(%s)",
        (scope.company_id, list(warehouse_ids)),
    )
    known = {row[0] for row in await cursor.fetchall()}
    unknown = sorted(set(warehouse_ids) - known)
    if unknown:
        raise UnknownWarehouses(facts={"warehouse_ids": unknown})


async def warehouse_ids_of(scope: ReadScope, codes: Collection[str] | None) -> list[int] | None:
    """The ids of the warehouses with these codes, in order; None for no limit.

    Raises:
        UnknownWarehouses: naming the codes this company has no warehouse for.
    """
    if not codes:
        return None
    by_key = {code.strip().upper(): code for code in codes}
    cursor = await scope.execute(
        "SELECT code_key, id FROM warehouses WHERE company_id = %s AND code_key = ANY(%s)",
        (scope.company_id, list(by_key)),
    )
    found = dict(await cursor.fetchall())
    unknown = [code for key, code in by_key.items() if key not in found]
    if unknown:
        raise UnknownWarehouses(facts={"warehouses": unknown})
    return sorted(found.values())
