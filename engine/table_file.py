"""A user's table out of an uploaded CSV or Parquet file."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from .errors import DataError

if TYPE_CHECKING:
    import pandas as pd

UPLOAD_LIMIT_MB = 50
SAMPLE_SIZE = 100_000  # characters of a CSV file that its layout is read from
CSV_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
ACCEPTED = f"CSV ({', '.join(CSV_ENDINGS)}) or Parquet ({', '.join(PARQUET_ENDINGS)})"


def read_table(filename: str, content: bytes) -> pd.DataFrame:
    """Read an uploaded CSV or Parquet file; nothing is ever unpickled.

    Parameters
    ----------
    filename : str
        Its ending says which of the two it is.
    content : bytes
        CSV as UTF-8 (or Latin-1), separated by comma, semicolon or tab; with a header.

    Raises
    ------
    DataError
        The file is empty, too big, none of the two, or has no usable columns.
    """
    ending = f".{filename.lower().rpartition('.')[2]}"
    if ending not in CSV_ENDINGS + PARQUET_ENDINGS:
        raise _refused(filename, f"be a {ACCEPTED} file; this one ends in {ending}")
    size_mb = len(content) / 1e6
    if size_mb > UPLOAD_LIMIT_MB:
        raise _refused(filename, f"have at most {UPLOAD_LIMIT_MB} MB; it has {size_mb:.1f} MB")
    if not content.strip():
        raise _refused(filename, "have content; it is empty")
    read = _read_csv if ending in CSV_ENDINGS else _read_parquet
    frame = read(filename, content)
    if frame.shape[1] < 2:
        raise _refused(filename, "have two columns or more: features and a target; it has one")
    if frame.empty:
        raise _refused(filename, "have rows below its header; it has none")
    return frame


def _refused(filename: str, rule: str) -> DataError:
    """Word the refusal of a file, whose content is too long to show."""
    return DataError(f"{filename!r} must {rule}.", name=filename)


def _read_csv(filename: str, content: bytes) -> pd.DataFrame:
    import pandas as pd

    text = _decoded(filename, content)
    separator, header = _layout(text)
    check_header(filename, header)
    with warnings.catch_warnings():
        # pandas only warns where rows are longer than the header.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                decimal=_decimal(separator, text),
                index_col=False,
                low_memory=False,
                skipinitialspace=True,
            )
        except (ValueError, pd.errors.ParserWarning) as failure:
            why = str(failure).removeprefix("Error tokenizing data. C error: ").strip(". \n")
            raise _refused(filename, f"be a regular CSV table ({why})") from failure
    return frame.rename(columns=str.strip)


def _decoded(filename: str, content: bytes) -> str:
    """Return the text of a CSV file."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", content):
        raise _refused(filename, f"be text, as CSV is; it is binary. Give a {ACCEPTED} file")
    # Windows-1252 is Latin-1 with the euro sign and the curly quotes that Excel writes.
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _layout(text: str) -> tuple[str, list[str]]:
    """Return the separator and the header: the split into most columns that rows agree on."""
    sample = text if len(text) <= SAMPLE_SIZE else text[:SAMPLE_SIZE].rpartition("\n")[0]
    layouts = []
    for separator in (",", ";", "\t"):
        lines = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        rows = [row for row in islice(lines, 20) if row] or [[]]
        is_even = len({len(row) for row in rows}) == 1
        layouts.append((len(rows[0]) > 1, is_even, len(rows[0]), separator, rows[0]))
    *_, separator, header = max(layouts, key=lambda layout: layout[:3])
    return separator, header


def _decimal(separator: str, text: str) -> str:
    """Return the decimal sign: a comma where none separates, and no number has a point."""
    cell = r"(?:^|[;\t])-?\d+{}\d+(?=[;\t\r\n]|$)"
    has_commas, has_points = (
        bool(re.search(cell.format(sign), text[:SAMPLE_SIZE], re.MULTILINE))
        for sign in (",", r"\.")
    )
    return "," if separator != "," and has_commas and not has_points else "."


def check_header(filename: str, header: list[str]) -> None:
    """Raise DataError if a column name stands twice in the header of a table."""
    counts = Counter(name.strip() for name in header)
    if twice := [name for name, count in counts.items() if count > 1 and name]:
        raise _refused(
            filename, f"name each column once; {twice[0]!r} is there {counts[twice[0]]} times"
        )


def _read_parquet(filename: str, content: bytes) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not content.startswith(b"PAR1"):
        raise _refused(filename, f"be Parquet, as its ending says. Give a {ACCEPTED} file")
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        names = file.schema_arrow.names
        frame: pd.DataFrame = file.read().to_pandas()
    except (pa.ArrowException, OSError, ValueError) as failure:
        raise _refused(filename, "be a whole Parquet file; it is damaged") from failure
    check_header(filename, names)
    # An index that was stored by its name is a column; a nameless one numbers the rows.
    return frame.reset_index(drop=frame.index.name is None)
