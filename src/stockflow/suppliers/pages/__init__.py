"""The pages of suppliers and their terms."""

from stockflow.suppliers.pages import ordering, suppliers, terms

routes = [*suppliers.pages.routes, *ordering.pages.routes, *terms.pages.routes]
