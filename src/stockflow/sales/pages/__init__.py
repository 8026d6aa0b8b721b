"""The pages of sales orders, shipments, returns and customers."""

from stockflow.sales.pages import customers, fulfilment, orders, returns

routes = [
    *orders.pages.routes,
    *fulfilment.pages.routes,
    *returns.pages.routes,
    *customers.pages.routes,
]
