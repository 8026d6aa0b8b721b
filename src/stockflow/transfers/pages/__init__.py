"""The pages of transfers: planning them, and moving what they hold."""

from stockflow.transfers.pages import moving, planning, transfers

routes = [*planning.pages.routes, *transfers.pages.routes, *moving.pages.routes]
