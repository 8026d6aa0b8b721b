"""`/sign-up`: a company, and its owner."""

from functools import partial

from starlette.responses import RedirectResponse, Response

from stockflow.companies.account_access import AccountRouter, OpenPage, SentForm
from stockflow.companies.account_commands import SignUp
from stockflow.companies.accounts import SignedUp, sign_up
from stockflow.companies.choices import currencies, timezones, usual_currency
from stockflow.companies.sign_in import sign_out

pages = AccountRouter()


@pages.get("/sign-up")
async def sign_up_page(page: OpenPage) -> Response:
    if not page.form.sent and await page.is_signed_in():
        return RedirectResponse("/companies/new", 303)
    return page.show(
        "companies/sign_up.html",
        currencies=currencies(),
        timezones=timezones(),
        usual_currency=usual_currency(page.reader.locale),
    )


@pages.post("/sign-up")
async def create(sent: SentForm) -> Response:
    async def operation(command: SignUp) -> SignedUp:
        return await sign_up(sent.pool, command, sent.visitor, sent.key)

    return await sent.submit(SignUp, operation, partial(_signed_up, sent), sign_up_page)


async def _signed_up(sent: SentForm, made: SignedUp) -> Response:
    await sign_out(sent.pool, sent.token)
    said = "Your company is set up. Add a warehouse and products, or import them from a file."
    return sent.enter(sent.go(f"/c/{made.company_id}", said), made.session)
