"""How imports are shown: what fields and kinds are called, and where a rejected row is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from stockflow.foundation.pagination import Page
from stockflow.imports import ImportKind
from stockflow.imports.operations import fields_of
from stockflow.imports.upload_queries import RejectedRow, Upload
from stockflow.web.rendering import words

_LABELS = {
    "sku": "SKU",
    "supplier_sku": "Supplier's SKU",
    "tax_id": "Tax id",
    "weight_kg": "Weight (kg)",
    "length_cm": "Length (cm)",
    "width_cm": "Width (cm)",
    "height_cm": "Height (cm)",
    "lead_time_days": "Lead time (days)",
    "is_preferred": "Preferred",
    "occurred_at": "Occurred at",
}
KINDS = [(kind.value, words(kind.value.replace("-", " "))) for kind in ImportKind]
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of an upload, some different things it holds, and the field it feeds."""

    place: int
    name: str
    samples: list[str]
    field: str | None


@dataclass(frozen=True, slots=True)
class ShownReject:
    """A rejected row: what is wrong with it as a whole, and each cell with what is wrong there."""

    row: int
    details: list[str]
    cells: list[tuple[str, str, list[str]]]


def label(field: str) -> str:
    """What a field is called on pages."""
    return _LABELS.get(field) or words(field)


def kind_label(kind: str) -> str:
    return words(kind.replace("-", " "))


def what_is_shown(upload: Upload, rejects: Page[RejectedRow]) -> dict[str, object]:
    """What the page of an upload shows beside the upload itself."""
    return {
        "kind": kind_label(upload.kind),
        "rejects": _shown_rejects(upload, rejects.items),
        "next_cursor": rejects.next_cursor,
        "fields": [label(field) for field in _mapped_fields(upload)],
        "columns": _shown_columns(upload),
        "choices": _field_choices(upload.kind),
    }


def _field_choices(kind: ImportKind) -> list[tuple[str, str]]:
    """The fields a column may feed; required ones are marked."""
    fields = fields_of(kind)
    return [
        (name, f"{label(name)} *" if name in fields.required else label(name))
        for name in fields.names
    ]


def _shown_columns(upload: Upload) -> list[ShownColumn]:
    return [
        ShownColumn(place, name, _samples(upload, place), upload.mapping[place])
        for place, name in enumerate(upload.header)
    ]


def _samples(upload: Upload, place: int) -> list[str]:
    cells = (row.cells[place] for row in upload.sample if place < len(row.cells))
    return list(dict.fromkeys(filter(None, cells)))[:_SAMPLES]


def _mapped_fields(upload: Upload) -> list[str]:
    """The fields the file feeds, in the order of its columns."""
    return [field for field in upload.mapping if field]


def _shown_rejects(upload: Upload, rows: Sequence[RejectedRow]) -> list[ShownReject]:
    """The rows with each message at its cell; those about fields the file lacks are the row's."""
    fields = _mapped_fields(upload)
    return [
        ShownReject(
            row.row,
            [
                f"{label(error.column)}: {error.detail}" if error.column else error.detail
                for error in row.errors
                if error.column not in fields
            ],
            [
                (
                    label(field),
                    row.cells.get(field, ""),
                    [error.detail for error in row.errors if error.column == field],
                )
                for field in fields
            ],
        )
        for row in rows
    ]
