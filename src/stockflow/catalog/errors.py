"""What can be refused about products, categories and bundles."""

from stockflow.foundation.errors import Conflict, NotFound


class ProductNotFound(NotFound):
    """There is no such product in this company."""

    code = "product-not-found"
    title = "Product not found"


class ProductArchived(Conflict):
    """The product is archived."""

    code = "product-archived"
    title = "Product archived"


class SkuTaken(Conflict):
    """Another product has this SKU."""

    code = "sku-taken"
    title = "SKU taken"
    constraint = "products_company_id_sku_key_key"
