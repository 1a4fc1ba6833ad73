"""Tables as Parquet files; the library is an extra, for those who want them, and comes without types."""

from collections.abc import AsyncIterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from services.tables import Kind, ParquetMissing


async def write_parquet(
    path: Path, columns: Mapping[str, Kind], batches: AsyncIterator[Sequence[Mapping[str, Any]]]
) -> int:
    """See `WriteTable`."""
    try:
        pyarrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ParquetMissing from error
    types: Mapping[Kind, Any] = {
        "whole": pyarrow.int64(),
        "truth": pyarrow.bool_(),
        "instant": pyarrow.timestamp("us", tz="UTC"),
        "day": pyarrow.date32(),
        "text": pyarrow.string(),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    many = 0
    with parquet.ParquetWriter(path, schema) as writer:
        async for batch in batches:
            by_column = {name: [row.get(name) for row in batch] for name in columns}
            writer.write_table(pyarrow.table(by_column, schema=schema))
            many += len(batch)
    return many
