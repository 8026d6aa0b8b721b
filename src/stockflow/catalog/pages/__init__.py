"""The pages of products, bundles and categories."""

from stockflow.catalog.pages import categories, product, products

routes = [*products.pages.routes, *product.pages.routes, *categories.pages.routes]
