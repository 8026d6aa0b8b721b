"""Numbers people call documents by: `SO-2026-00042`, unique in the company."""

from stockflow.foundation.scope import WriteScope

_NEXT = """
INSERT INTO document_numbers AS n (company_id, series, year, last)
VALUES (%(company_id)s, %(series)s, %(year)s, %(count)s)
ON CONFLICT (company_id, series, year) DO UPDATE SET last = n.last + excluded.last
RETURNING last
"""


async def next_numbers(scope: WriteScope, series: str, count: int = 1) -> list[str]:
    """The next numbers of a series such as `SO`, by the year in the company's time zone.

    The row of the series is held until the transaction ends, so draw numbers late in it.
    """
    year = scope.today.year
    names = {"company_id": scope.company_id, "series": series, "year": year, "count": count}
    last = await scope.fetch_value(_NEXT, names)
    return [f"{series}-{year}-{number:05d}" for number in range(last - count + 1, last + 1)]
