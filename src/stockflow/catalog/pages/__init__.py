"""The pages of products, bundles and categories."""

from stockflow.catalog.pages import categories, labels, product, products

routes = [
    *labels.pages.routes,
    *products.pages.routes,
    *product.pages.routes,
    *categories.pages.routes,
]
