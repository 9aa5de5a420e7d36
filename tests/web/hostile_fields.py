"""What somebody who means harm types or sends in the fields of the studio, and what shows that it ran."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.unit.expressions.hostile import hostile_texts

MARKUP: Final = "<script>canari()</script><img src=x onerror=canari()>"
"""What a page must never show as markup."""
RUNS: Final = "7 * 691399"
RAN: Final = "4839793"
"""What a page shows when a template has computed ``RUNS``."""


def texts(mark: Path, others: Mapping[str, str]) -> dict[str, str]:
    """Return hostile values of a field; ``others`` are ids of another territory."""
    code = hostile_texts(str(mark))
    return {
        "script": f"\"'>{MARKUP}",
        "link": "javascript:canari()",
        "jinja": "{{ " + RUNS + " }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
        "format": "%s%n{0.__class__}${7*7}#{7*7}",
        "expression": code[0],
        "call": f"__import__('os').system('touch {mark}')",
        "shell": f"$(touch {mark}); `touch {mark}` | touch {mark}",
        "path": "../../../../etc/passwd",
        "nul": "a\x00b",
        "controls": "a\x01\x0b\x1b[31m\ufffe\u202eb",
        "formula": f"=cmd|'/c touch {mark}'!A1",
        "sql": "'; DROP TABLE draft; --",
        "header": "a\r\nBcc: x@y.invalid\r\n\r\n<b>",
        "number": "9" * 40,
        "digits": "9" * 5_000,
        "digit": "²",
        "negative": "-1",
        "nan": "NaN",
        "infinity": "1e400",
        "long": "é" * 20_000,
        "entities": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        "cdata": ']]><x/><![CDATA[ --> <!-- \\" """ \'\'\' ]\n[[x]]',
        "json": '{"__proto__": {"a": 1}}',
        "empty": "",
        **{f"their-{name}": value for name, value in others.items()},
    }


def odd_values(mark: Path, others: Mapping[str, str]) -> dict[str, object]:
    """Return hostile values of a field of JSON: the texts, and what is no text."""
    return {
        **texts(mark, others),
        "half a sign": "a\ud800b",
        "nothing": None,
        "list": [MARKUP, {"a": []}],
        "object": {MARKUP: MARKUP, "../x": "\x00"},
        "true": True,
        "large": 10**400,
    }


def archive(names: Mapping[str, bytes]) -> bytes:
    """Return a zip of those files, however odd their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in names.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _tar(member: tarfile.TarInfo, data: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        member.size = len(data)
        packed.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _link(kind: bytes) -> bytes:
    member = tarfile.TarInfo("messages/mot.txt")
    member.type, member.linkname = kind, "/etc/passwd"
    return _tar(member)


BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
LAUGHS: Final = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


def files(mark: Path) -> dict[str, tuple[str, bytes]]:
    """Return hostile files, each with the name under which it is sent."""
    head = f'<?xml version="1.0"?>%s<definitions xmlns="{BPMN}" id="d">%s</definitions>'
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{mark.as_uri()}" parse="text"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="canari()">{MARKUP}</svg>'
    return {
        "external entity": (
            "a.bpmn", (head % (f'<!DOCTYPE d [<!ENTITY e SYSTEM "{mark.as_uri()}">]>', "&e;")).encode(),
        ),
        "billion laughs": ("a.bpmn", (head % (f"<!DOCTYPE d [{LAUGHS}]>", "&e9;")).encode()),
        "xinclude": ("a.bpmn", (head % ("", include)).encode()),
        "laughs in a table": ("a.dmn", (head % (f"<!DOCTYPE d [{LAUGHS}]>", "&e9;")).encode()),
        "svg": ("a.svg", svg.encode()),
        "svg as a picture": ("logo.png", svg.encode()),
        "svg as a diagram": ("a.bpmn", svg.encode()),
        "page": ("a.html", f"<html>{MARKUP}</html>".encode()),
        "name with a path": ("../../../etc/cron.d/a.bpmn", b"<a/>"),
        "name with markup": (f"{MARKUP}.bpmn", b"<a/>"),
        "name with a nul": ("a\x00.bpmn", b"<a/>"),
        "name that is long": (f"{'a' * 5000}.bpmn", b"<a/>"),
        "zip slip": ("a.zip", archive({"../../../etc/cron.d/a": b"x", "messages/ok.txt": b"Objet : a\n\nb"})),
        "absolute": ("a.zip", archive({"/etc/cron.d/a": b"x"})),
        "zip bomb": ("a.zip", archive({"messages/a.txt": b"0" * 60_000_000})),
        "many members": ("a.zip", archive({f"messages/a{n}.txt": b"x" for n in range(5000)})),
        "markup in a member": ("a.zip", archive({f"messages/{MARKUP}.txt": b"x"})),
        "nul in a member": ("a.zip", archive({"territoire.toml": b"a\x00b"})),
        "symbolic link": ("a.tar.gz", _link(tarfile.SYMTYPE)),
        "hard link": ("a.tar.gz", _link(tarfile.LNKTYPE)),
        "device": ("a.tar.gz", _link(tarfile.CHRTYPE)),
        "deep json": ("scenarios.json", b"[" * 100_000),
        "json of something": ("scenarios.json", b'{"scenarios": [{"name": "\\u0000", "actions": 3}]}'),
        "half a sign": ("scenarios.json", b'{"scenarios": [{"name": "\\ud800"}]}'),
        "noise": ("a.zip", bytes(range(256)) * 40),
        "nothing": ("a.bpmn", b""),
    }  # fmt: skip
