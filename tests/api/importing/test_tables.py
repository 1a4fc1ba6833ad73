"""Tables as programs and spreadsheets write them; one broken row never takes the others along."""

import pytest

from api.importing.tables import BrokenRow, Table, TableInvalid, TableRow


def lines(raw: bytes) -> list[bytes]:
    """A file, line by line, as the disk gives it."""
    return raw.splitlines(keepends=True)


def rows(raw: bytes, delimiter: str = ",") -> list[TableRow | BrokenRow]:
    """Every row of a file."""
    return list(Table(lines(raw), delimiter))


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_cells_are_the_same_with_any_line_ends_and_with_a_byte_order_mark(ends: bytes, bom: bytes) -> None:
    read = rows(bom + ends.join([b"id,name", "1,蓝海".encode(), b""]))
    assert read == [TableRow(2, {"id": "1", "name": "蓝海"}, "1,蓝海")]


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends() -> None:
    read = rows(b'id,name\n1,"a, ""b""\nc"\n2,d\n')
    assert [row.cells["name"] for row in read if isinstance(row, TableRow)] == ['a, "b"\nc', "d"]
    assert [row.line for row in read] == [2, 4]


def test_another_delimiter_is_taken() -> None:
    assert rows(b"id;name\n1;a,b\n", ";") == [TableRow(2, {"id": "1", "name": "a,b"}, "1;a,b")]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b"1", "COLUMNS_MISMATCH"),
        (b"1,a,b", "COLUMNS_MISMATCH"),
        (b"1,caf\xe9", "ENCODING_INVALID"),
        (b'1,"open', "QUOTES_INVALID"),
        (b'1,"a"b', "QUOTES_INVALID"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_all_others_are_read(broken: bytes, code: str) -> None:
    read = rows(b"id,name\n0,before\n" + broken + b"\n2,after\n3,last\n")
    assert [row.line for row in read] == [2, 3, 4, 5]
    assert [row.code for row in read if isinstance(row, BrokenRow)] == [code]
    assert [row.cells["name"] for row in read if isinstance(row, TableRow)] == ["before", "after", "last"]


def test_the_text_of_a_broken_row_can_be_shown_whatever_its_bytes() -> None:
    (broken,) = rows(b"id,name\n1,caf\xe9\n")
    assert broken.text == "1,caf\\xe9"


def test_empty_lines_are_no_rows() -> None:
    assert [row.line for row in rows(b"id,name\n\n1,a\n\n")] == [3]


@pytest.mark.parametrize(
    "heading", [b"", b"\n1,2\n", b"id,id\n", "id,name\n".encode("utf-16")], ids=["empty", "blank", "twice", "UTF-16"]
)
def test_a_table_without_a_heading_that_can_be_used_is_refused_as_a_whole(heading: bytes) -> None:
    with pytest.raises(TableInvalid):
        Table(lines(heading))
