"""`/companies`: the companies somebody belongs to, and one more."""

from functools import partial

from starlette.responses import Response

from stockflow.companies.account_access import AccountPage, AccountRouter, SentForm, signed_in
from stockflow.companies.account_commands import FoundCompany
from stockflow.companies.accounts import companies_of, found_another_company
from stockflow.companies.choices import currencies, timezones, usual_currency
from stockflow.companies.sessions import account_scope

pages = AccountRouter()


@pages.get("/companies")
@signed_in
async def companies(page: AccountPage) -> Response:
    return page.show("companies/companies.html", companies=await companies_of(page.scope))


@pages.get("/companies/new")
@signed_in
async def new_company(page: AccountPage) -> Response:
    return page.show(
        "companies/company_new.html",
        currencies=currencies(),
        timezones=timezones(),
        usual_currency=usual_currency(page.reader.locale),
    )


@pages.post("/companies/new")
async def found(sent: SentForm) -> Response:
    async def operation(command: FoundCompany) -> int:
        async with account_scope(sent.pool, sent.token, sent.now) as scope:
            owner = scope.user
        request_id = sent.visitor.request_id
        return await found_another_company(sent.pool, owner, command, request_id, sent.key)

    return await sent.submit(FoundCompany, operation, partial(_founded, sent), new_company)


async def _founded(sent: SentForm, company_id: int) -> Response:
    return sent.go(f"/c/{company_id}", "The company is set up.")
