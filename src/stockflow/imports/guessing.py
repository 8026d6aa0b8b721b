"""Which column of a file feeds which field, guessed from what the columns are called and hold."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from stockflow.catalog.commands import ProductType
from stockflow.catalog.sku import is_gtin
from stockflow.imports import ImportKind
from stockflow.imports.tables import Fields
from stockflow.stock.commands import MovementType

HEADER_CHARACTERS_MAX = 255
_ALIKE = 0.8
"""Which part of a column's values must look like those of a field."""

_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_SKU = (
    "item code, item number, item no, item id, item, article number, article no, article code,"
    " article id, article, product code, product number, product id, product sku, product,"
    " part number, part no, part code, part, stock code, material number, material,"
    " variant sku, model, code, id, number"
)
_NAME = "title, full name, label, display name, designation, description"
_CODE = "id, number, no, key, short name, abbreviation, external id, {0} code, {0} id, {0} number, {0} no"
_COMPANY_NAME = "{0}, {0} name, company, company name, organisation, organization, business name"
_CONTACT = {
    "contact_name": "contact, contact person, person, attention, attn",
    "contact_email": "email, e-mail, mail, email address, e-mail address",
    "contact_phone": "phone, telephone, tel, phone number, telephone number, mobile",
    "currency": "currency code, ccy, curr",
    "tax_id": "vat, vat id, vat number, vat no, tax number, tax no, tin, ein, gst number",
    "payment_terms": "terms, payment term, terms of payment",
    "notes": "note, comment, comments, remark, remarks, memo",
    "active": "enabled, is active, in use",
}
_LEAD_TIME = "lead time, lead days, delivery time, delivery days, lead time in days"
_COST = (
    "cost, unit cost, purchase price, purchase cost, buying price, buy price, cost per item,"
    " cost per unit, net cost, standard cost, supplier price"
)
_SYNONYMS: Mapping[ImportKind, Mapping[str, str]] = {
    ImportKind.WAREHOUSES: {
        "code": _CODE.format("warehouse") + ", location code, location id, site code, warehouse",
        "name": _NAME + ", warehouse name, location name, location, site, site name, warehouse",
        "address": "street, street address, address 1, address line 1",
        "city": "town, place",
        "region": "state, province, county, state/province",
        "postal_code": "postcode, post code, zip, zip code, postal",
        "country": "country code",
        "priority": "rank, order, sort order",
        "type": "kind, warehouse type, category",
        **{name: words for name, words in _CONTACT.items() if name in ("active",)},
        **{name: words for name, words in _CONTACT.items() if name.startswith("contact_")},
    },
    ImportKind.SUPPLIERS: {
        **_CONTACT,
        "code": _CODE.format("supplier") + ", vendor code, vendor id, vendor number, vendor no",
        "name": ", ".join(
            (_NAME, _COMPANY_NAME.format("supplier"), _COMPANY_NAME.format("vendor"))
        ),
        "lead_time_days": _LEAD_TIME,
    },
    ImportKind.CUSTOMERS: {
        **_CONTACT,
        "code": _CODE.format("customer") + ", client code, client id, client number, account",
        "name": ", ".join(
            (_NAME, _COMPANY_NAME.format("customer"), _COMPANY_NAME.format("client"))
        ),
        "billing_address": "address, bill to, invoice address, billing street",
        "shipping_address": "ship to, delivery address, shipping street",
    },
    ImportKind.PRODUCTS: {
        "sku": _SKU,
        "name": "product name, item name, article name, product title, " + _NAME,
        "price": (
            "unit price, sales price, selling price, sale price, list price, retail price, rrp,"
            " msrp, variant price, price per unit, net price, base price"
        ),
        "category": "product category, group, product group, item group, department, type, family",
        "description": "long description, details, body, product description, text",
        "barcode": "ean, ean13, ean 13, ean code, gtin, upc, upc code, bar code, isbn, jan",
        "unit": "uom, unit of measure, unit of measurement, measure, units, sales unit",
        "cost_price": _COST,
        "low_stock_threshold": (
            "threshold, reorder point, reorder level, minimum stock, min stock, minimum quantity,"
            " min qty, safety stock, low stock, alert quantity"
        ),
        "reorder_quantity": "reorder qty, order quantity, order qty, restock quantity, lot size",
        "allow_backorders": "backorders, backorder, backorders allowed, oversell",
        "weight_kg": "weight, weight in kg, net weight, gross weight",
        "length_cm": "length, length in cm, depth",
        "width_cm": "width, width in cm",
        "height_cm": "height, height in cm",
        "product_type": "item type, bundle",
        "currency": "currency code, ccy, curr",
    },
    ImportKind.PRODUCT_SUPPLIERS: {
        "sku": _SKU,
        "supplier": "supplier code, supplier id, supplier number, vendor, vendor code, vendor id",
        "supplier_sku": (
            "supplier item code, supplier part number, supplier article, supplier code of item,"
            " vendor sku, vendor code of item, vendor part number, their sku, order code, mpn"
        ),
        "cost_price": _COST + ", price, unit price",
        "lead_time_days": _LEAD_TIME,
        "minimum_order_quantity": "moq, minimum order, min order, min order qty, minimum quantity",
        "order_multiple": "multiple, pack size, pack, case size, box size, packing unit",
        "is_preferred": "preferred, default, main, primary, preferred supplier, default supplier",
    },
    ImportKind.MOVEMENTS: {
        "type": "movement type, transaction type, kind, transaction, movement, action",
        "sku": _SKU,
        "warehouse": (
            "warehouse code, warehouse id, location, location code, site, store, depot, stock location"
        ),
        "quantity": (
            "qty, quantities, amount, count, units, pieces, pcs, on hand, stock, stock on hand,"
            " quantity on hand, in stock, opening stock, stock level, change"
        ),
        "unit_cost": "cost, cost price, purchase price, cost per unit",
        "unit_price": "price, sales price, selling price, sale price, price per unit",
        "reference": "ref, document, document number, invoice, invoice no, order, order number",
        "reason": "note, notes, comment, comments, remark, remarks, memo",
        "occurred_at": (
            "date, time, datetime, date time, timestamp, when, movement date, transaction date,"
            " posting date, invoice date, invoicedate, booked at, created at"
        ),
    },
}


def header_key(header: str) -> str:
    """A column's name as it is compared: `Item Code*` and `item_code` are one."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return "".join(filter(str.isalnum, plain))[:HEADER_CHARACTERS_MAX]


def guess(
    kind: ImportKind,
    fields: Fields,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    remembered: Mapping[str, str | None],
) -> list[str | None]:
    """The field of each column, or None; no field is fed twice.

    First comes what a column of that name was the last time (`remembered`, by `header_key`), then
    what columns are called, best fits first, then what they hold.
    """
    guessing = _Guessing(kind, fields, header, sample)
    guessing.remember(remembered)
    guessing.read_names()
    guessing.read_values()
    return guessing.mapping


class _Guessing:
    """What has been found so far, and which fields are left."""

    def __init__(
        self,
        kind: ImportKind,
        fields: Fields,
        header: Sequence[str],
        sample: Sequence[Sequence[str]],
    ) -> None:
        self._fields = fields
        self._header = header
        self._words = {field: _words(kind, field) for field in fields.names}
        self._values = _columns(len(header), sample)
        self._left = set(fields.names)
        self._closed: set[int] = set()
        self.mapping: list[str | None] = [None] * len(header)

    def remember(self, remembered: Mapping[str, str | None]) -> None:
        """Columns are what they were the last time; those ignored then stay so."""
        for place, name in enumerate(self._header):
            key = header_key(name)
            if key in remembered:
                self._closed.add(place)
                field = remembered[key]
                if field in self._left:
                    self._give(place, field)

    def read_names(self) -> None:
        """Best fits first."""
        for _, place, field in sorted(self._by_name()):
            if self._is_free(place) and field in self._left:
                self._give(place, field)
        self._free_for_required()

    def read_values(self) -> None:
        """What nobody knows by name may be known by what it holds."""
        for place, values in enumerate(self._values):
            if not self._is_free(place):
                continue
            for field in self._fields.names:
                if field in self._left and _looks_like(field, values):
                    self._give(place, field)
                    break
        self._give_the_only_number()

    def _is_free(self, place: int) -> bool:
        return self.mapping[place] is None and place not in self._closed

    def _give(self, place: int, field: str) -> None:
        self.mapping[place] = field
        self._left.discard(field)

    def _by_name(self) -> Iterator[tuple[int, int, str]]:
        """How badly (0 is best) the name of which column fits which field."""
        for place, name in enumerate(self._header):
            key = header_key(name)
            bare = header_key(_IN_BRACKETS.sub("", name))
            for field, known in self._words.items():
                if name.strip().casefold() == field:
                    yield 0, place, field
                elif key in known:
                    yield 1 + known.index(key), place, field
                elif bare in known:
                    yield 100 + known.index(bare), place, field

    def _free_for_required(self) -> None:
        """A required field may take a column from one that is not: `Description` may be the name."""
        required = self._fields.required
        for field in sorted(self._left & required):
            for place, taken in enumerate(self.mapping):
                known = header_key(self._header[place]) in self._words[field]
                kept = taken in required or place in self._closed
                if taken is not None and known and not kept:
                    self._give(place, field)
                    self._left.add(taken)
                    break

    def _give_the_only_number(self) -> None:
        """The only column of numbers nobody knows is the only required number that is missing."""
        wanted = self._left & self._fields.required & {"price", "quantity"}
        numbers = [
            place
            for place, values in enumerate(self._values)
            if self._is_free(place) and values and all(map(_NUMBER.match, values))
        ]
        if len(wanted) == 1 and len(numbers) == 1:
            self._give(numbers[0], wanted.pop())


def _words(kind: ImportKind, field: str) -> list[str]:
    synonyms = _SYNONYMS[kind].get(field, "")
    return [header_key(word) for word in (field, *filter(None, synonyms.split(", ")))]


def _columns(count: int, sample: Sequence[Sequence[str]]) -> list[list[str]]:
    """What each column holds, without empty cells."""
    return [
        [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
        for place in range(count)
    ]


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) >= len("2026-01-01") and "-" in text


_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "barcode": is_gtin,
    "type": lambda text: text in set(MovementType),
    "product_type": lambda text: text in set(ProductType),
    "occurred_at": _is_moment,
    "contact_email": lambda text: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None,
}


def _looks_like(field: str, values: Sequence[str]) -> bool:
    looks = _LOOKS.get(field)
    return looks is not None and bool(values) and sum(map(looks, values)) >= _ALIKE * len(values)
