"""Tables for others' tools: what a column holds, and the port behind which they are written."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["whole", "truth", "instant", "day", "text"]
"""What a column holds."""


class ParquetMissing(Exception):
    """The library that writes Parquet is not installed; it comes with the extra `parquet`."""


class WriteTable(Protocol):
    """Writes a table to a file."""

    async def __call__(
        self, path: Path, columns: Mapping[str, Kind], batches: AsyncIterator[Sequence[Mapping[str, Any]]]
    ) -> int:
        """Write every row; the number of rows. Raises `ParquetMissing`."""
        ...
