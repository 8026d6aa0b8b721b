"""Which product each counted line names: by id, by SKU, or by the barcode a scanner read."""

from collections.abc import Sequence
from dataclasses import replace

from stockflow.catalog.queries import ProductRef, resolve_products
from stockflow.catalog.sku import barcode_key, sku_key
from stockflow.counting.commands import CountedLine
from stockflow.foundation import sql
from stockflow.foundation.scope import WriteScope
from stockflow.stock.document_lines import held_products, product_error
from stockflow.stock.errors import refusal

_SQL = sql.load(__package__, "counting.sql")


async def products_counted(scope: WriteScope, lines: Sequence[CountedLine]) -> list[ProductRef]:
    """The product of each line, held so that none is archived before the transaction ends.

    Raises:
        LineTargetsNotFound: lines name products the company does not have.
        LinesRefused: lines are for archived products, or for bundles, which have no stock.
    """
    ids = await _ids(scope, lines)
    known = await held_products(scope, sorted({*ids} - {0}))
    products = [known.get(product_id) for product_id in ids]
    errors = [
        replace(error, barcode=line.barcode)
        for number, (line, product) in enumerate(zip(lines, products, strict=True))
        if (error := product_error(number, line, product, bundles=False)) is not None
    ]
    if errors:
        raise refusal(errors)
    return [product for product in products if product is not None]


async def _ids(scope: WriteScope, lines: Sequence[CountedLine]) -> list[int]:
    """The id each line names; 0 where its SKU or barcode is no product's."""
    skus = {line.sku for line in lines if line.sku is not None}
    by_sku = (await resolve_products(scope, (), skus)).by_sku if skus else {}
    barcodes = {barcode_key(line.barcode) for line in lines if line.barcode is not None}
    by_barcode: dict[str, int] = {}
    if barcodes:
        cursor = await scope.execute(
            _SQL["products_with_barcodes"],
            {"company_id": scope.company_id, "barcodes": sql.array_literal(sorted(barcodes))},
        )
        by_barcode = dict(await cursor.fetchall())
    ids = []
    for line in lines:
        if line.sku is not None:
            ref = by_sku.get(sku_key(scope.company, line.sku))
            ids.append(0 if ref is None else ref.id)
        elif line.barcode is not None:
            ids.append(by_barcode.get(barcode_key(line.barcode), 0))
        else:
            ids.append(line.product_id or 0)
    return ids
