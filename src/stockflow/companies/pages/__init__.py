"""The pages of people's own accounts, and of a company's settings and audit log."""

from stockflow.companies.pages import (
    account,
    api_keys,
    audit,
    invitations,
    inviting,
    members,
    passwords,
    second_factor,
    settings,
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
    *settings.pages.routes,
    *members.pages.routes,
    *inviting.pages.routes,
    *api_keys.pages.routes,
    *audit.pages.routes,
]
