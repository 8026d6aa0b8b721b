"""The pages of people's own accounts, and of a company's settings and audit log."""

from stockflow.companies.pages import sign_in, sign_up, welcome

routes = [
    *welcome.pages.routes,
    *sign_in.pages.routes,
    *sign_up.pages.routes,
]
