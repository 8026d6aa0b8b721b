"""Checked rows, put aside in a temporary file until all are known to be good."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec

from stockflow.imports.tables import Cells

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Cells])
_lines = msgspec.json.Encoder()


class Digest:
    """What the rows of a file say, whatever packs them and in whichever order its columns stand."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[Cells]) -> None:
        self._hash.update(_lines.encode_lines([row.values for row in rows]))

    def value(self) -> bytes:
        return self._hash.digest()


class Spool:
    """Batches of rows on disk; in memory there is one at a time."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, rows: Sequence[Cells]) -> None:
        if not rows:
            return
        packed = _encoder.encode(rows)
        self._file.write(len(packed).to_bytes(8) + packed)
        self.rows += len(rows)

    def batches(self) -> Iterator[list[Cells]]:
        """What was added, from the start."""
        self._file.seek(0)
        while size := self._file.read(8):
            yield _decoder.decode(self._file.read(int.from_bytes(size)))
