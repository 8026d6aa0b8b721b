"""`/c/{company_id}/settings`: the company's rules, and when its stock is low."""

from starlette.responses import Response

from stockflow.companies.choices import currencies, timezones, with_present
from stockflow.companies.commands import AllocationRule, ChangeCompany, PurchaseTermsRule
from stockflow.companies.operations import change_company
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.queries import CompanyRow, get_company

pages = PageRouter("/settings")


@pages.get("")
async def rules(page: Page) -> Response:
    company = await get_company(page.scope)
    return page.show(
        "companies/rules.html",
        company=company,
        currencies=with_present(currencies(), company.currency),
        timezones=with_present(timezones(), company.timezone),
        allocation_rules=_ALLOCATION,
        terms_rules=_TERMS,
    )


@pages.post("")
async def change_rules(post: Post) -> Response:
    return await post.submit(
        ChangeCompany,
        lambda scope, command: change_company(scope, command, post.version),
        lambda _: Done("/settings", "The rules are saved."),
        rules,
    )


@pages.get("/thresholds")
async def thresholds(page: Page) -> Response:
    company: CompanyRow = await get_company(page.scope)
    return page.show("companies/thresholds.html", company=company)


@pages.post("/thresholds")
async def change_thresholds(post: Post) -> Response:
    return await post.submit(
        ChangeCompany,
        lambda scope, command: change_company(scope, command, post.version),
        lambda _: Done("/settings/thresholds", "The thresholds are saved."),
        thresholds,
    )


_ALLOCATION = [
    (AllocationRule.MOST_WHOLE, "Where most lines can be shipped whole"),
    (AllocationRule.PRIORITY, "By the warehouses' priority"),
]
_TERMS = [
    (PurchaseTermsRule.WARN, "Say it, and let it pass"),
    (PurchaseTermsRule.REFUSE, "Refuse the order"),
]
