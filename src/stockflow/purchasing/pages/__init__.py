"""The pages of purchase orders and their receipts."""

from stockflow.purchasing.pages import acting, drafts, orders, receiving

routes = [
    *drafts.pages.routes,
    *orders.pages.routes,
    *acting.pages.routes,
    *receiving.pages.routes,
]
