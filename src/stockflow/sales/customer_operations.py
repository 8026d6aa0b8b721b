"""Writes of customers."""

from collections.abc import Sequence

from stockflow.companies.coded import change_coded, insert_coded, upsert_coded
from stockflow.foundation.bulk import Upserted
from stockflow.foundation.permissions import Permission
from stockflow.foundation.routing import require_version
from stockflow.foundation.scope import WriteScope
from stockflow.sales.customer_commands import ChangeCustomer, CreateCustomer
from stockflow.sales.customer_queries import CustomerRow, get_customer
from stockflow.sales.models import Customer


async def create_customer(scope: WriteScope, command: CreateCustomer) -> CustomerRow:
    """Add a customer.

    Raises:
        CustomerCodeTaken: another customer of the company has the code.
    """
    scope.require(Permission.SELL)
    return await get_customer(scope, await insert_coded(scope, Customer, "customer", command))


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
    changes = await change_coded(scope, Customer, "customer", before, command)
    return await get_customer(scope, customer_id) if changes else before


async def upsert_customers(scope: WriteScope, commands: Sequence[CreateCustomer]) -> Upserted:
    """Add the customers whose codes are new, and change the others where a given field differs.

    Fields left out of a command stay as they are. The number of statements is constant.

    Raises:
        Invalid: a command has no code, or the code of an earlier one; names all of them.
    """
    scope.require(Permission.SELL)
    return (await upsert_coded(scope, Customer, "customer", commands)).counts
