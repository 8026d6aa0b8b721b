"""Stock counts on paper: a sheet to write on between the shelves."""

from collections.abc import Sequence
from decimal import Decimal

from stockflow.counting.commands import LineFilters
from stockflow.counting.errors import CountTooLongToPrint
from stockflow.counting.queries import LineRow, get_count, list_lines
from stockflow.foundation.scope import ReadScope
from stockflow.web.pdf import (
    Box,
    Column,
    Document,
    Figures,
    Printed,
    PrintStyle,
    Table,
    printed_document,
    table_of,
)

LINES_PRINTED_MAX = 10_000


async def count_sheet_pdf(
    scope: ReadScope, count_id: int, style: PrintStyle, *, results: bool = False
) -> Printed:
    """The products to count, with room for each quantity and nothing that tells what is expected.

    With `results`, what was counted and expected so far, as far as the actor may see it.

    Raises:
        CountNotFound: also where it is of a warehouse the actor may not see.
        CountTooLongToPrint: it has more than 10,000 lines.
    """
    count = await get_count(scope, count_id)
    if count.line_count > LINES_PRINTED_MAX:
        raise CountTooLongToPrint(facts={"line_count": count.line_count})
    # one page of the list, longer than those that can be asked for from outside
    lines = await list_lines(scope, count_id, LineFilters.model_construct(limit=LINES_PRINTED_MAX))
    figures = Figures(style, scope.company.timezone)
    document = Document(
        company=scope.company.name,
        title="Count results" if results else "Count sheet",
        number=count.number,
        facts=[
            ("Warehouse", f"{count.warehouse_code} · {count.warehouse_name}"),
            ("Status", count.status.capitalize()),
            ("Opened", figures.moment(count.created_at)),
            ("Category", count.category),
            ("ABC class", count.abc_class),
        ],
        tables=[_results(lines.items, figures) if results else _sheet(lines.items)],
        notes=[("Notes", count.notes)],
        signatures=[] if results else ["Counted by", "Date and time"],
    )
    return printed_document(document, style, "count")


def _sheet(lines: Sequence[LineRow]) -> Table:
    return table_of(
        lines,
        (Column("#", 9, "end"), lambda line: str(line.line + 1)),
        (Column("SKU", 28), lambda line: line.sku),
        (Column("Product", 52), lambda line: line.product_name),
        (Column("Barcode", 24), lambda line: line.barcode or ""),
        (Column("Unit", 14), lambda line: line.unit),
        (Column("Counted", 24, "center"), lambda _: Box(24)),
        empty=_NO_LINES,
    )


_NO_LINES = "The count has no lines yet."


def _results(lines: Sequence[LineRow], figures: Figures) -> Table:
    def told(quantity: Decimal | None) -> str:
        return "" if quantity is None else figures.quantity(quantity)

    return table_of(
        lines,
        (Column("#", 9, "end"), lambda line: str(line.line + 1)),
        (Column("SKU", 28), lambda line: line.sku),
        (Column("Product", 52), lambda line: line.product_name),
        (Column("Expected", 18, "end"), lambda line: told(line.expected)),
        (Column("Counted", 18, "end"), lambda line: told(line.counted)),
        (Column("Difference", 20, "end"), lambda line: told(line.difference)),
        empty=_NO_LINES,
    )
