"""`/`: what this is, or for who is signed in the company they looked at last."""

from starlette.responses import RedirectResponse, Response

from stockflow.companies.account_access import AccountPage, AccountRouter, OpenPage, signed_in
from stockflow.companies.accounts import companies_of
from stockflow.companies.last_company import last_company
from stockflow.companies.sessions import SessionEnded

pages = AccountRouter()


@pages.get("/")
async def welcome(page: OpenPage) -> Response:
    try:
        return await _last_company(page)
    except SessionEnded:
        return page.show("web/welcome.html")


@signed_in
async def _last_company(page: AccountPage) -> Response:
    own = [company.company_id for company in await companies_of(page.scope)]
    last = [company_id for company_id in own if str(company_id) == last_company(page.request)]
    chosen = last or own[:1]
    return RedirectResponse(f"/c/{chosen[0]}" if chosen else "/companies", 303)
