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


class BarcodeTaken(Conflict):
    """Another product that is not archived has this barcode."""

    code = "barcode-taken"
    title = "Barcode taken"
    constraint = "products_barcode_key"


class ProductInBundle(Conflict):
    """The product is a component of a bundle that is not archived."""

    code = "product-in-bundle"
    title = "Product in a bundle"


class CategoryNotFound(NotFound):
    """There is no such category in this company."""

    code = "category-not-found"
    title = "Category not found"


class CategoryArchived(Conflict):
    """The category is archived."""

    code = "category-archived"
    title = "Category archived"


class CategoryNameTaken(Conflict):
    """Another category of the company has this name."""

    code = "category-name-taken"
    title = "Category name taken"
    constraint = "categories_company_id_name_key_key"


class CategoryInUse(Conflict):
    """There are products in the category which are not archived."""

    code = "category-in-use"
    title = "Category in use"


class NotABundle(Conflict):
    """Only a product of type `bundle` has components."""

    code = "not-a-bundle"
    title = "Not a bundle"


class BundleCycle(Conflict):
    """The bundle would contain itself, directly or through another bundle."""

    code = "bundle-cycle"
    title = "Bundle contains itself"


class BundleTooDeep(Conflict):
    """Bundles would be nested more than 10 levels deep."""

    code = "bundle-too-deep"
    title = "Bundles nested too deep"


class BundleTooLarge(Conflict):
    """This bundle, or one that contains it, would have more than 2,000 components in all.

    Components of bundles inside it count too, those of each bundle once.
    """

    code = "bundle-too-large"
    title = "Bundle too large"
