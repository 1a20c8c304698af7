"""Tables as the bytes of a Parquet file, and back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as a Parquet file."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def parquet_table(content: bytes, rows: int | None = None) -> pa.Table:
    """Read a Parquet file, if it has so many rows.

    No thread of Arrow's touches the bytes, which are Python's: one that let go of them while the
    interpreter ends would abort the process, as one process in five did.

    Raises
    ------
    ValueError
        It is no Parquet file, or has another number of rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
        if rows in (None, file.metadata.num_rows):
            return file.read(use_threads=False)
    except (pa.ArrowException, OSError, MemoryError):  # it has an OSError for faulty bytes
        raise ValueError("not a Parquet file") from None
    raise ValueError(f"{file.metadata.num_rows} rows")
