"""The catalogue: products with their SKUs and barcodes, categories, and bundles of products."""
