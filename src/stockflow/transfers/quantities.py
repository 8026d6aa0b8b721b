"""How much of which lines an action is about."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from stockflow.transfers.commands import ReceiveTransfer, ShipTransfer
from stockflow.transfers.entries import Arrival
from stockflow.transfers.errors import (
    ReceivedMoreThanShipped,
    ShippedMoreThanAsked,
    TransferLinesNotFound,
)
from stockflow.transfers.queries import TransferLineRow


def quantities_shipped(
    lines: Sequence[TransferLineRow], command: ShipTransfer
) -> list[tuple[TransferLineRow, Decimal]]:
    """The lines that leave, and how much of each.

    Raises:
        TransferLinesNotFound: the transfer has no such lines.
        ShippedMoreThanAsked: more leaves than it asks for.
    """
    if command.lines is None:
        return [(line, line.quantity) for line in lines]
    given = {line.line_id: line.quantity for line in command.lines}
    _require_lines(lines, given)
    shipped = [(line, given[line.id]) for line in lines if line.id in given]
    beyond = [
        _fact(line, requested=quantity, asked=line.quantity)
        for line, quantity in shipped
        if quantity > line.quantity
    ]
    if beyond:
        raise ShippedMoreThanAsked(facts={"lines": beyond})
    return shipped


def arrivals_of(lines: Sequence[TransferLineRow], command: ReceiveTransfer) -> list[Arrival]:
    """What arrived of which lines.

    Raises:
        TransferLinesNotFound: the transfer has no such lines.
        ReceivedMoreThanShipped: more arrived than is in transit.
    """
    if command.lines is None:
        return [Arrival(line, line.in_transit) for line in lines if line.in_transit]
    given = {line.line_id: line for line in command.lines}
    _require_lines(lines, given)
    arrivals = [
        Arrival(line, one.good, one.damaged, one.missing, one.reason)
        for line in lines
        if (one := given.get(line.id)) is not None
    ]
    beyond = [
        _fact(arrival.line, requested=arrival.quantity, in_transit=arrival.line.in_transit)
        for arrival in arrivals
        if arrival.quantity > arrival.line.in_transit
    ]
    if beyond:
        raise ReceivedMoreThanShipped(facts={"lines": beyond})
    return arrivals


def _require_lines(lines: Sequence[TransferLineRow], line_ids: Iterable[int]) -> None:
    unknown = sorted(set(line_ids) - {line.id for line in lines})
    if unknown:
        raise TransferLinesNotFound(facts={"line_ids": unknown})


def _fact(line: TransferLineRow, **facts: object) -> dict[str, object]:
    named = {"line": line.line, "line_id": line.id, "product_id": line.product_id, "sku": line.sku}
    return {**named, **facts}
