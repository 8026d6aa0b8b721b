"""Stock counts on paper: a sheet to write on between the shelves."""

from collections.abc import Sequence

from stockflow.counting.commands import LineFilters
from stockflow.counting.errors import CountTooLongToPrint
from stockflow.counting.queries import LineRow, get_count, list_lines
from stockflow.foundation.scope import ReadScope
from stockflow.web.pdf import (
    Box,
    Cell,
    Column,
    Document,
    Figures,
    Printed,
    PrintStyle,
    Table,
    printed_document,
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
    columns = [
        Column("#", 9, "end"),
        Column("SKU", 28),
        Column("Product", 52),
        Column("Barcode", 24),
        Column("Unit", 14),
        Column("Counted", 24, "center"),
    ]
    rows: list[list[Cell]] = [
        [str(line.line + 1), line.sku, line.product_name, line.barcode or "", line.unit, Box(24)]
        for line in lines
    ]
    return Table(columns, rows, empty=_NO_LINES)


_NO_LINES = "The count has no lines yet."


def _results(lines: Sequence[LineRow], figures: Figures) -> Table:
    columns = [
        Column("#", 9, "end"),
        Column("SKU", 28),
        Column("Product", 52),
        Column("Expected", 18, "end"),
        Column("Counted", 18, "end"),
        Column("Difference", 20, "end"),
    ]

    def cells(line: LineRow) -> list[Cell]:
        quantities = (line.expected, line.counted, line.difference)
        told = ["" if one is None else figures.quantity(one) for one in quantities]
        return [str(line.line + 1), line.sku, line.product_name, *told]

    return Table(columns, [cells(line) for line in lines], empty=_NO_LINES)
