"""The pages of products, bundles and categories."""

from stockflow.catalog.pages import categories, products

routes = [*products.pages.routes, *categories.pages.routes]
