"""What an entry of the audit log is about, by name, and its changes in words."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
_REFERENCES = {
    # fields that hold ids, and of what
    "category_id": "category",
    "product_id": "product",
    "supplier_id": "supplier",
    "customer_id": "customer",
    "warehouse_id": "warehouse",
    "from_warehouse_id": "warehouse",
    "to_warehouse_id": "warehouse",
    "warehouse_ids": "warehouse",
}
_ALL_IF_NULL = frozenset({"warehouse_ids"})
_BEGINNINGS = frozenset({"created", "added", "joined"})
_WORDS = frozenset({"status", "role", "type", "product_type", "kind"})
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


def subjects_in(changes: Mapping[str, object]) -> set[Subject]:
    """The things that changes refer to by their ids."""
    return {
        (entity, one)
        for field, value in changes.items()
        if (entity := _REFERENCES.get(field)) is not None
        for one in _numbers_in(value)
    }


def _numbers_in(value: object) -> Iterable[int]:
    if isinstance(value, list):
        return [number for part in value for number in _numbers_in(part)]
    return [value] if isinstance(value, int) else []


def changes_text(action: str, changes: Mapping[str, object], names: Mapping[Subject, str]) -> str:
    """Each changed field with what it was and what it is: `name: Mug → Large mug; city: Ulm`."""
    return "; ".join(
        _Change(field, names, action in _BEGINNINGS).text(value)
        for field, value in changes.items()
        if value != [None, None] or field in _ALL_IF_NULL
    )


@dataclass(frozen=True, slots=True)
class _Change:
    field: str
    names: Mapping[Subject, str]
    is_first: bool

    def text(self, value: object) -> str:
        called = self.field.removesuffix("_id").replace("_ids", "s").replace("_", " ")
        if not isinstance(value, list) or len(value) != 2:
            return f"{called}: {self._said(value)}"
        before, after = value
        nothing_before = before is None and (self.is_first or self.field not in _ALL_IF_NULL)
        if nothing_before or before == after:
            return f"{called}: {self._said(after)}"
        return f"{called}: {self._said(before)} → {self._said(after)}"

    def _said(self, value: object) -> str:
        if value in (None, "", []):
            return "all" if self.field in _ALL_IF_NULL else "nothing"
        text = self._several(value) if isinstance(value, list) else self._one(value)
        return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"

    def _several(self, values: list[object]) -> str:
        if all(isinstance(part, list | dict) for part in values):
            return str(len(values))  # their parts stand on the page of the thing
        return ", ".join(map(self._one, values))

    def _one(self, value: object) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        entity = _REFERENCES.get(self.field)
        if entity is not None and isinstance(value, int):
            return self.names.get((entity, value), str(value))
        return str(value).replace("_", " ") if self.field in _WORDS else str(value)
