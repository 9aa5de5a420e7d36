from pathlib import Path

import pytest

from app.expressions.safe_xml import MAX_DEPTH, UnsafeXml, parse_xml
from tests.unit.expressions.hostile import within_50_ms

NINE_LEVELS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
DOCTYPES = {
    "an external entity": '<!DOCTYPE d [<!ENTITY x SYSTEM "{file}">]><d>&x;</d>',
    "a parameter entity": '<!DOCTYPE d [<!ENTITY % x SYSTEM "{file}"> %x;]><d/>',
    "an external DTD": '<!DOCTYPE d SYSTEM "{file}"><d/>',
    "nested entities": f'<!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">{NINE_LEVELS}]><d>&a9;</d>',
    "an entity in an attribute": f'<!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">{NINE_LEVELS}]><d a="&a9;"/>',
    "one big entity": f'<!DOCTYPE d [<!ENTITY a "{"a" * 100_000}">]><d>{"&a;" * 2_000}</d>',
    "a bare doctype": "<!DOCTYPE d><d/>",
}


@pytest.mark.parametrize("text", DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le", "iso-8859-1"])
def test_a_doctype_is_refused_in_any_encoding(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET", encoding="ascii")
    body = text.replace("{file}", (tmp_path / "secret").as_uri())
    declared = "utf-16" if encoding.startswith("utf-16") else encoding
    data = f'<?xml version="1.0" encoding="{declared}"?>{body}'.encode(encoding)
    with within_50_ms(), pytest.raises(UnsafeXml) as refused:
        parse_xml(data)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-7", "utf-32", "cp037", "x-unknown"])
def test_an_encoding_that_editors_do_not_write_is_refused(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>'
    with pytest.raises(UnsafeXml):
        parse_xml(body.encode("ascii" if encoding == "x-unknown" else encoding))


def test_an_xinclude_stays_as_written(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET", encoding="ascii")
    namespace = "http://www.w3.org/2001/XInclude"
    href = (tmp_path / "secret").as_uri()
    root = parse_xml(f'<d xmlns:xi="{namespace}"><xi:include href="{href}" parse="text"/></d>'.encode())
    assert "SECRET" not in str(root.xpath("string()"))


def test_300_nested_elements_are_refused() -> None:
    with pytest.raises(UnsafeXml, match=str(MAX_DEPTH)):
        parse_xml(b"<d>" * 300 + b"</d>" * 300)


def test_100_nested_elements_are_read() -> None:
    assert parse_xml(b"<d>" * 100 + b"</d>" * 100).tag == "d"


def test_11_megabytes_are_refused() -> None:
    with pytest.raises(UnsafeXml, match="2 Mo"):
        parse_xml(b"<d>" + b"a" * 11_000_000 + b"</d>")


def test_3000_tasks_in_a_chain_are_refused() -> None:
    tasks = "".join(f'<task id="t{i}"/><flow sourceRef="t{i}" targetRef="t{i + 1}"/>' for i in range(3_000))
    with pytest.raises(UnsafeXml, match="éléments"):
        parse_xml(f"<d>{tasks}</d>".encode())
    assert len(parse_xml(f"<d>{tasks}</d>".encode(), max_nodes=10_000)) == 6_000


@pytest.mark.parametrize(
    "data", [b"", b"  ", b"<d>", b"text", b"\x00\x01", b"<d></e>", b"<d>&x;</d>", b"PK\x03\x04"]
)
def test_what_is_not_xml_is_a_sentence(data: bytes) -> None:
    with pytest.raises(UnsafeXml) as refused:
        parse_xml(data)
    assert str(refused.value).endswith(".")


def test_french_text_is_read_in_utf_8_and_utf_16() -> None:
    for encoding in ("utf-8", "utf-16"):
        data = f'<?xml version="1.0" encoding="{encoding}"?><d nom="Été"/>'.encode(encoding)
        assert parse_xml(data).get("nom") == "Été"
