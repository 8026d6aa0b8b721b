"""Inputs of what people do with their own account."""

from typing import Annotated

from pydantic import Field

from stockflow.companies.commands import Password, Timezone, WarehouseLimits
from stockflow.foundation.permissions import Role
from stockflow.foundation.quantity import PRINTABLE, Currency, Email, Line
from stockflow.foundation.routing import Command
from stockflow.web.locales import Locale

GivenPassword = Annotated[str, Field(max_length=1000)]
"""A password that is compared: too short a one is wrong like any other."""

Code = Annotated[str, Field(min_length=1, max_length=64)]
"""Six digits of the device, or a recovery code; spaces and hyphens do not matter."""


class FoundCompany(Command):
    """A new company, of which who asks becomes the owner."""

    company_name: Line
    currency: Currency = "GBP"
    timezone: Timezone = "Europe/London"


class SignUp(FoundCompany):
    """A new company and its owner; somebody known gives the password they have."""

    name: Line
    email: Email
    password: Password


class SignIn(Command):
    """An address and its password."""

    email: Annotated[str, Field(max_length=1000, pattern=PRINTABLE)]
    password: GivenPassword


class GiveCode(Command):
    """A code of the second factor."""

    code: Code


class SwitchOffSecondFactor(Command):
    """The own password, or a code, whichever is at hand."""

    password: GivenPassword | None = None
    code: Code | None = None


class ChangeProfile(Command):
    """What to change of oneself; what is left out stays. A locale of null is the browser's."""

    name: Line = ""
    locale: Locale | None = None


class ChangePassword(Command):
    """A new password, and the one it replaces."""

    old_password: GivenPassword
    new_password: Password


class ForgottenPassword(Command):
    """Whose password was forgotten."""

    email: Email


class ResetPassword(Command):
    """The password to have from now on."""

    password: Password


class Invite(Command):
    """Who is invited, to do what; without `warehouse_ids` in all warehouses."""

    email: Email
    role: Role
    warehouse_ids: WarehouseLimits | None = None


class AcceptInvitation(Command):
    """What a person new to StockFlow is called, and the password they choose."""

    name: Line
    password: Password
