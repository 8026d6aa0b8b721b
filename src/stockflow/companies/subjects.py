"""What an entry of the audit log is about, by name, and its changes in words."""

import json
from collections.abc import Iterable, Mapping

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope

Subject = tuple[str, int]
"""An entity and its id, as the audit log has them."""

ENTITIES = {
    # what each is called, and where it is looked at
    "product": ("Product", "/products/{}"),
    "category": ("Category", "/categories/{}"),
    "threshold": ("Threshold", "/products/{}"),
    "warehouse": ("Warehouse", "/warehouses/{}"),
    "supplier": ("Supplier", "/suppliers/{}"),
    "customer": ("Customer", "/customers/{}"),
    "purchase_order": ("Purchase order", "/purchase-orders/{}"),
    "sales_order": ("Sales order", "/sales-orders/{}"),
    "transfer": ("Transfer", "/transfers/{}"),
    "stock_count": ("Count", "/counts/{}"),
    "adjustment_request": ("Adjustment", "/adjustments/{}"),
    "import": ("Import", "/imports/{}"),
    "member": ("Member", "/settings/members/{}"),
    "invitation": ("Invitation", "/settings/members"),
    "api_key": ("API key", "/settings/api-keys/{}"),
    "company": ("Company", "/settings"),
}
_SQL = sql.load(__package__, "subjects.sql")
_NOTHING = "nothing"
_TEXT_MAX = 200


async def subject_names(scope: ReadScope, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """What each is called that is still there; one statement, none where nothing is asked for."""
    scope.require(Permission.READ)
    asked = sorted(set(subjects))
    if not asked:
        return {}
    names = {
        "company_id": scope.company_id,
        "entities": [entity for entity, _ in asked],
        "ids": [one for _, one in asked],
    }
    rows = await (await scope.execute(_SQL["names"], names)).fetchall()
    return {(entity, one): name for entity, one, name in rows}


def changes_text(changes: Mapping[str, object]) -> str:
    """Each changed field with what it was and what it is: `name: Mug → Large mug; city: Ulm`."""
    return "; ".join(_change(field, value) for field, value in changes.items())


def _change(field: str, value: object) -> str:
    called = field.replace("_", " ")
    if not isinstance(value, list) or len(value) != 2:
        return f"{called}: {_value(value)}"
    before, after = value
    return (
        f"{called}: {_value(before)} → {_value(after)}"
        if before is not None
        else (f"{called}: {_value(after)}")
    )


def _value(value: object) -> str:
    if value in (None, "", []):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        text = str(value)
    elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        text = ", ".join(map(str, value))
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"
