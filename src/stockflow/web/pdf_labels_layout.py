"""The labels there are, and where they lie on a page."""

from dataclasses import dataclass
from enum import StrEnum

Size = tuple[float, float]
"""Width and height, or a place from the top left corner, in mm."""


class LabelLayout(StrEnum):
    """How labels lie on what is printed."""

    SHEET_3X8 = "a4-3x8"
    SHEET_2X5 = "a4-2x5"
    ROLL_57X32 = "57x32"

    @property
    def per_page(self) -> int:
        """How many labels are on a sheet."""
        return GEOMETRIES[self].per_page


@dataclass(frozen=True, slots=True)
class Geometry:
    """Labels of one size in columns and rows, in the middle of a page; everything in mm.

    `dot` is the size of the dots of a label printer, whose bars are whole numbers of them.
    """

    page: Size
    columns: int
    rows: int
    label: Size
    padding: float
    text_size: float
    dot: float | None = None

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def corner(self, place: int) -> Size:
        """The top left corner of a label, by its place on the page from 0: row by row."""
        row, column = divmod(place, self.columns)
        width, height = self.label
        return (
            (self.page[0] - self.columns * width) / 2 + column * width,
            (self.page[1] - self.rows * height) / 2 + row * height,
        )


_A4 = (210.0, 297.0)
GEOMETRIES = {
    LabelLayout.SHEET_3X8: Geometry(_A4, 3, 8, (70.0, 37.0), 5, 8),
    LabelLayout.SHEET_2X5: Geometry(_A4, 2, 5, (105.0, 57.0), 7, 10),
    LabelLayout.ROLL_57X32: Geometry((57.0, 32.0), 1, 1, (57.0, 32.0), 2, 7.5, dot=0.125),
}
