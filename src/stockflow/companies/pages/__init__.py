"""The pages of people's own accounts, and of a company's settings and audit log."""

from stockflow.companies.pages import (
    account,
    invitations,
    passwords,
    second_factor,
    sign_in,
    sign_up,
    switching,
    welcome,
)

routes = [
    *welcome.pages.routes,
    *sign_in.pages.routes,
    *sign_up.pages.routes,
    *passwords.pages.routes,
    *invitations.pages.routes,
    *account.pages.routes,
    *second_factor.pages.routes,
    *switching.pages.routes,
]
