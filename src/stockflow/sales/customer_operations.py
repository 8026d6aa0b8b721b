"""Writes of customers."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, insert, update

from stockflow.companies import audit
from stockflow.foundation.bulk import Upserted, differences, insert_new, repeated, update_rows
from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.sales.customer_commands import ChangeCustomer, CreateCustomer
from stockflow.sales.customer_queries import (
    CustomerRow,
    code_key,
    get_customer,
    lock_customers,
)
from stockflow.sales.models import Customer

_FIELDS = tuple(CreateCustomer.model_fields)


async def create_customer(scope: WriteScope, command: CreateCustomer) -> CustomerRow:
    """Add a customer.

    Raises:
        CustomerCodeTaken: another customer of the company has the code.
    """
    scope.require(Permission.SELL)
    customer_id = await scope.fetch_value(
        insert(Customer)
        .values(
            company_id=scope.company_id,
            code_key=None if command.code is None else code_key(command.code),
            **command.model_dump(),
        )
        .returning(Customer.id)
    )
    row = await get_customer(scope, customer_id)
    changes = {
        name: (None, getattr(row, name)) for name in _FIELDS if getattr(row, name) is not None
    }
    await audit.record(scope, "customer", "created", {row.id: changes})
    return row


async def change_customer(
    scope: WriteScope, customer_id: int, command: ChangeCustomer, expected_version: int | None
) -> CustomerRow:
    """Change the given fields of a customer; its version counts up only where something differs.

    Raises:
        CustomerNotFound: no such customer.
        CustomerCodeTaken: another customer of the company has the new code.
        StaleVersion: it is not at `expected_version` any more.
    """
    scope.require(Permission.SELL)
    before = await get_customer(scope, customer_id, for_update=True)
    require_version(before.version, expected_version)
    values = command.model_dump(exclude_unset=True)
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    if "code" in values:
        values["code_key"] = None if values["code"] is None else code_key(values["code"])
    await scope.execute(
        update(Customer)
        .where(Customer.company_id == scope.company_id, Customer.id == customer_id)
        .values(**values, version=Customer.version + 1, updated_at=func.now())
    )
    after = await get_customer(scope, customer_id)
    changes = audit.changed(before, after, _FIELDS)
    await audit.record(scope, "customer", "changed", {customer_id: changes})
    return after


async def upsert_customers(scope: WriteScope, commands: Sequence[CreateCustomer]) -> Upserted:
    """Add the customers whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command has no code, or the code of an earlier one; names all of them.
    """
    scope.require(Permission.SELL)
    by_code = _by_code(commands)
    inserted = await insert_new(
        scope,
        Customer,
        ["code_key"],
        [{"code_key": key, **command.model_dump()} for key, command in by_code.items()],
        ["id", "code_key"],
    )
    new = {key: customer_id for customer_id, key in inserted}
    created = {
        new[key]: differences(dict.fromkeys(_FIELDS), command.model_dump())
        for key, command in by_code.items()
        if key in new
    }
    rows: list[Mapping[str, object]] = []
    changed: dict[int, audit.Changes] = {}
    fields = [name for name in _FIELDS if name != "code"]
    for row in await lock_customers(scope, by_code.keys() - new.keys()):
        before = {name: getattr(row, name) for name in fields}
        given = by_code[code_key(row.code or "")].model_dump(exclude_unset=True, exclude={"code"})
        if changes := differences(before, given):
            changed[row.id] = changes
            rows.append({"id": row.id, **before, **given})
    await update_rows(scope, Customer, ["id"], rows)
    for action, changes_by_id in (("created", created), ("changed", changed)):
        if changes_by_id:
            await audit.record(scope, "customer", action, changes_by_id)
    return Upserted(len(created), len(changed), len(commands) - len(created) - len(changed))


def _by_code(commands: Sequence[CreateCustomer]) -> dict[str, CreateCustomer]:
    errors = [
        FieldError(f"/{index}/code", "is required")
        for index, command in enumerate(commands)
        if command.code is None
    ]
    keys = [code_key(command.code or "") for command in commands]
    errors = errors or repeated(keys, "code")
    if errors:
        raise Invalid(errors=errors)
    return dict(zip(keys, commands, strict=True))
