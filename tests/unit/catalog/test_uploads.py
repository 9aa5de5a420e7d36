import io
import struct
import zlib

import pytest
from PIL import Image

from app.catalog.uploads import MAX_BYTES, UploadRefused, accept, safe_name
from tests.unit.catalog.build import ALL, form_of, sent


def picture(image_format: str = "JPEG", size: tuple[int, int] = (64, 48), **save: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, image_format, **save)
    return out.getvalue()


def located() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "TelephoneSecret"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 16.0, 30.0), 3: "W", 4: (2.0, 12.0, 0.0)})
    return picture(exif=exif)


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(UploadRefused) as fault:
        accept(name, data)
    return str(fault.value)


def test_a_photo_loses_its_position_and_stands_upright():
    sent_photo = located()
    assert b"TelephoneSecret" in sent_photo
    kept = accept("mur.jpg", sent_photo)
    assert kept.mime == "image/jpeg"
    assert b"TelephoneSecret" not in kept.data
    with Image.open(io.BytesIO(kept.data)) as image:
        assert not image.getexif()
        assert image.size == (48, 64)


@pytest.mark.parametrize(("image_format", "mime"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_png_and_webp_are_taken_by_content_and_named_after_it(image_format: str, mime: str):
    kept = accept("photo.exe", picture(image_format))
    assert kept.mime == mime
    assert kept.name == f"photo.{image_format.lower()}"


def test_a_pdf_is_taken_as_it_is():
    data = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    assert accept("Facture EDF.pdf", data).data == data


def test_a_photo_of_ten_megabytes_is_refused_with_a_sentence():
    assert refusal("grande.jpg", picture() + b"\0" * 10_000_000) == (
        "« grande.jpg » dépasse 5 Mo. Réduisez-le ou envoyez-en une partie."
    )


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00",
        b"<html></html>",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-",
    ],
)
def test_other_contents_are_refused_whatever_their_name(data: bytes):
    assert "ni un PDF ni une photo" in refusal("photo.jpg", data)


def test_an_empty_or_broken_file_is_refused():
    assert "est vide" in refusal("a.png", b"")
    assert "illisible" in refusal("a.jpg", picture()[:200])
    assert "illisible" in refusal("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)


def test_an_image_bomb_is_refused_before_it_is_decoded():
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000)) + chunk(b"IEND", b"")
    )
    assert refusal("bombe.png", bomb)


def test_a_large_photo_is_made_smaller():
    kept = accept("a.jpg", picture(size=(4_000, 3_000)))
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.size == (2_560, 1_920)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\mur.jpg", "mur.jpg"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("", "fichier"),
        (".jpg", "fichier.jpg"),
        ("été.png", "été.png"),
        ("a" * 300 + ".png", "a" * 90 + ".png"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str):
    assert safe_name(name) == safe


def test_a_name_with_a_social_security_number_is_refused():
    assert "sécurité sociale" in refusal("184127645108946.png", picture("PNG"))


class Sent:
    def __init__(self, filename: str, data: bytes) -> None:
        self.filename = filename
        self.data = data

    def read(self, size: int = -1) -> bytes:
        return self.data[:size] if size >= 0 else self.data


class Files:
    def __init__(self, **files: list[Sent]) -> None:
        self.files = files

    def getlist(self, key: str) -> list[Sent]:
        return self.files.get(key, [])


def test_a_form_takes_good_files_and_ties_sentences_to_bad_ones():
    from app.errors import Invalid

    form = form_of({"cle": "photos", "type": "photo", "max": 3, "obligatoire": True})
    read = form.parse(sent(), Files(photos=[Sent("mur.jpg", located()), Sent("", b"")]), classes=ALL)
    assert [upload.name for upload in read["photos"]] == ["mur.jpg"]
    with pytest.raises(Invalid) as fault:
        form.parse(
            sent(),
            Files(photos=[Sent("x.jpg", b"\0" * (MAX_BYTES + 10)), Sent("y.txt", b"abc")]),
            classes=ALL,
        )
    assert ["dépasse 5 Mo" in fault.value.problems["photos"][0], len(fault.value.problems["photos"])] == [
        True,
        2,
    ]
    with pytest.raises(Invalid) as fault:
        form.parse(sent(), Files(), classes=ALL)
    assert fault.value.problems == {"photos": ["Joignez « Photos »."]}
