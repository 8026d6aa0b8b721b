"""How much of which lines an action is about."""

from collections.abc import Sequence
from decimal import Decimal

from stockflow.stock.document_lines import OfLine, require_each_once, require_lines
from stockflow.transfers.commands import ReceiveTransfer, ShipTransfer
from stockflow.transfers.entries import Arrival
from stockflow.transfers.errors import MoreThanAsked, MoreThanInTransit
from stockflow.transfers.queries import TransferLineRow


def quantities_shipped(
    lines: Sequence[TransferLineRow], command: ShipTransfer
) -> list[tuple[TransferLineRow, Decimal]]:
    """The lines that leave, and how much of each.

    Raises:
        Invalid, DocumentLinesNotFound: lines are given twice, or the transfer has no such.
        MoreThanAsked: more leaves than it asks for.
    """
    if command.lines is None:
        return [(line, line.quantity) for line in lines]
    _require_lines(command.lines, lines)
    given = {line.line_id: line.quantity for line in command.lines}
    shipped = [(line, given[line.id]) for line in lines if line.id in given]
    beyond = [
        _fact(line, requested=quantity, allowed=line.quantity)
        for line, quantity in shipped
        if quantity > line.quantity
    ]
    if beyond:
        raise MoreThanAsked(facts={"lines": beyond})
    return shipped


def arrivals_of(lines: Sequence[TransferLineRow], command: ReceiveTransfer) -> list[Arrival]:
    """What arrived of which lines.

    Raises:
        Invalid, DocumentLinesNotFound: lines are given twice, or the transfer has no such.
        MoreThanInTransit: more arrived than is in transit.
    """
    if command.lines is None:
        return [Arrival(line, line.in_transit) for line in lines if line.in_transit]
    _require_lines(command.lines, lines)
    given = {line.line_id: line for line in command.lines}
    arrivals = [
        Arrival(line, one.good, one.damaged, one.missing, one.reason)
        for line in lines
        if (one := given.get(line.id)) is not None
    ]
    beyond = [
        _fact(arrival.line, requested=arrival.quantity, allowed=arrival.line.in_transit)
        for arrival in arrivals
        if arrival.quantity > arrival.line.in_transit
    ]
    if beyond:
        raise MoreThanInTransit(facts={"lines": beyond})
    return arrivals


def _require_lines(given: Sequence[OfLine], lines: Sequence[TransferLineRow]) -> None:
    require_each_once(given)
    require_lines(given, {line.id for line in lines})


def _fact(line: TransferLineRow, **facts: object) -> dict[str, object]:
    named = {"line": line.line, "line_id": line.id, "product_id": line.product_id, "sku": line.sku}
    return {**named, **facts}
