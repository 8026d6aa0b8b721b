"""`/account/second-factor`: codes of a device, and recovery codes for when it is lost."""

from functools import partial

from starlette.responses import RedirectResponse, Response

from stockflow.companies.account_access import (
    AccountPage,
    AccountRouter,
    OpenPage,
    SentForm,
    signed_in,
)
from stockflow.companies.account_commands import GiveCode, SwitchOffSecondFactor
from stockflow.companies.account_errors import SecondFactorOff, SecondFactorOn
from stockflow.companies.accounts import get_new_recovery_codes, switch_off_second_factor
from stockflow.companies.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    offered_second_factor,
)
from stockflow.companies.sessions import account_scope

pages = AccountRouter()
_PLACE = "/account/second-factor"


@pages.get(_PLACE)
@signed_in
async def second_factor(page: AccountPage) -> Response:
    left = await count_recovery_codes(page.scope)
    return page.show("companies/second_factor.html", codes_left=left)


@pages.post(_PLACE)
async def begin(sent: SentForm) -> Response:
    async with account_scope(sent.pool, sent.token, sent.now) as scope:
        await begin_second_factor(scope, sent.keyring)
    return sent.go(f"{_PLACE}/confirm")


@pages.get(f"{_PLACE}/confirm")
@signed_in
async def confirm_page(page: AccountPage) -> Response:
    try:
        offered = await offered_second_factor(page.scope, page.keyring)
    except (SecondFactorOff, SecondFactorOn):
        return RedirectResponse(_PLACE, 303)
    return page.show("companies/second_factor_new.html", offered=offered)


@pages.post(f"{_PLACE}/confirm")
async def confirm(sent: SentForm) -> Response:
    operation = partial(confirm_second_factor, keyring=sent.keyring)
    return await sent.change(GiveCode, operation, partial(_shown_once, sent), confirm_page)


@pages.get(f"{_PLACE}/recovery-codes")
@signed_in
async def renewal_page(page: AccountPage) -> Response:
    return page.show("companies/recovery_codes_new.html")


@pages.post(f"{_PLACE}/recovery-codes")
async def renew(sent: SentForm) -> Response:
    async def operation(command: GiveCode) -> list[str]:
        return await get_new_recovery_codes(sent.pool, sent.token, command, sent.now, sent.keyring)

    return await sent.submit(GiveCode, operation, partial(_shown_once, sent), renewal_page)


async def _shown_once(sent: OpenPage, codes: list[str]) -> Response:
    return sent.show("companies/recovery_codes.html", codes=codes)


@pages.post(f"{_PLACE}/off")
async def switch_off(sent: SentForm) -> Response:
    async def operation(command: SwitchOffSecondFactor) -> None:
        await switch_off_second_factor(sent.pool, sent.token, command, sent.now, sent.keyring)

    return await sent.submit(
        SwitchOffSecondFactor, operation, partial(_switched_off, sent), second_factor
    )


async def _switched_off(sent: SentForm, _: None) -> Response:
    return sent.go(_PLACE, "The second factor is off. Your password alone signs you in.")
