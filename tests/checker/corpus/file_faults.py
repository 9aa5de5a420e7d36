"""Faults of a file by itself: what it is, how it is written, what its own format refuses."""

from tests.checker.corpus.build import REVIEW, ROUTE, SETTINGS, VISIT, Fault, edit, fault, put, raw

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
FORM = '{"id": "essai", "titre": "Essai", "champs": [{"cle": "note", "type": "texte", "libelle": "Note"}]}'
NESTED = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>" + "<a>" * 300 + "</a>" * 300
PREAMBLE = '<?xml version="1.0" encoding="UTF-8"?>'


def _doctype(body: str) -> bytes:
    return f"{PREAMBLE}<!DOCTYPE definitions {body}><definitions/>".encode()


def _chain(tasks: int) -> str:
    nodes = "".join(f'<task id="t{n}" name="T{n}"/>' for n in range(tasks))
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(tasks - 1)
    )
    return (
        f'{PREAMBLE}<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<process id="chaine" isExecutable="true">{nodes}{flows}</process></definitions>'
    )


CONTENT: tuple[Fault, ...] = (
    fault("an empty diagram", "empty-file", "bpmn/essai.bpmn", "", put("bpmn/essai.bpmn", "")),
    fault("an emptied called diagram", "empty-file", VISIT, "", put(VISIT, "")),
    fault("an empty form", "empty-file", "forms/relance.json", "", put("forms/relance.json", "")),
    fault("a table of blanks", "empty-file", "dmn/confort.dmn", "", put("dmn/confort.dmn", " \n\t \n")),
    fault(
        "a diagram of eleven megabytes",
        "too-large",
        ROUTE,
        "",
        raw(ROUTE, lambda data: data + b"<!--" + b"x" * 11_000_000 + b"-->"),
    ),
    fault(
        "a form of three megabytes",
        "too-large",
        "forms/bilan.json",
        "",
        raw("forms/bilan.json", lambda data: data + b" " * 3_000_000),
    ),
    fault(
        "a message in Latin-1",
        "not-utf8",
        "messages/suite_donnee.txt",
        "",
        raw("messages/suite_donnee.txt", lambda data: data.decode().encode("latin-1", "replace")),
    ),
    fault(
        "a diagram in UTF-16",
        "not-utf8",
        REVIEW,
        "",
        raw(REVIEW, lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        mended=raw(REVIEW, lambda data: data.replace(b"\n", b"\r\n")),
    ),
    fault(
        "a form in UTF-16",
        "not-utf8",
        "forms/relance.json",
        "",
        raw("forms/relance.json", lambda data: data.decode().encode("utf-16")),
    ),
    fault(
        "a table in Latin-1 that says so",
        "not-utf8",
        "dmn/priorite.dmn",
        "",
        raw("dmn/priorite.dmn", lambda d: d.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")),
    ),
    fault(
        "an entity that reads a file",
        "doctype",
        ROUTE,
        "",
        put(ROUTE, _doctype('[<!ENTITY a SYSTEM "file:///etc/hostname">]')),
    ),
    fault(
        "an external DTD in a table",
        "doctype",
        "dmn/confort.dmn",
        "",
        put("dmn/confort.dmn", _doctype('SYSTEM "http://exemple.invalid/a.dtd"')),
    ),
    fault(
        "a harmless DOCTYPE before a sound diagram",
        "doctype",
        VISIT,
        "",
        raw(VISIT, lambda data: data.replace(b"?>", b"?><!DOCTYPE definitions>", 1)),
    ),
    fault("a picture renamed .bpmn", "not-xml", "bpmn/essai.bpmn", "", put("bpmn/essai.bpmn", PNG)),
    fault("a diagram cut short", "not-xml", ROUTE, "", raw(ROUTE, lambda data: data[: len(data) // 2])),
    fault(
        "a table with an unclosed element",
        "not-xml",
        "dmn/confort.dmn",
        "",
        raw("dmn/confort.dmn", lambda data: data.replace(b"</decision>", b"")),
    ),
    fault(
        "three thousand tasks in a chain",
        "too-many-elements",
        "bpmn/chaine.bpmn",
        "",
        put("bpmn/chaine.bpmn", _chain(3000)),
    ),
    fault(
        "three hundred nested elements",
        "too-deep",
        "bpmn/essai.bpmn",
        "",
        put("bpmn/essai.bpmn", f"{NESTED}</definitions>"),
    ),
    fault(
        "a web page named .bpmn",
        "not-bpmn",
        "bpmn/essai.bpmn",
        "",
        put("bpmn/essai.bpmn", "<html><body><p>Bonjour</p></body></html>"),
    ),
    fault(
        "a table named .bpmn",
        "not-bpmn",
        "bpmn/essai.bpmn",
        "",
        put("bpmn/essai.bpmn", '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
    ),
    fault(
        "a diagram named .dmn",
        "not-dmn",
        "dmn/essai.dmn",
        "",
        put("dmn/essai.dmn", '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
    ),
    fault(
        "a table of DMN 1.1",
        "not-dmn",
        "dmn/confort.dmn",
        "",
        edit(
            "dmn/confort.dmn",
            "https://www.omg.org/spec/DMN/20191111/MODEL/",
            "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        ),
    ),
    fault(
        "an archive",
        "not-a-programme-file",
        "archive.zip",
        "",
        put("archive.zip", b"PK\x03\x04" + b"\0" * 40),
    ),
    fault(
        "an office document among the diagrams",
        "not-a-programme-file",
        "bpmn/notes.docx",
        "",
        put("bpmn/notes.docx", b"PK\x03\x04"),
    ),
    fault(
        "a form named with a capital",
        "not-a-programme-file",
        "forms/Essai.json",
        "",
        put("forms/Essai.json", FORM.replace('"essai"', '"Essai"')),
    ),
    fault("a table among the forms", "not-a-programme-file", "forms/a.dmn", "", put("forms/a.dmn", "<a/>")),
    fault(
        "a path that climbs out",
        "outside-folder",
        "../essai.bpmn",
        "",
        put("../essai.bpmn", "<definitions/>"),
    ),
    fault(
        "a path that climbs out from inside",
        "outside-folder",
        "bpmn/../../essai.bpmn",
        "",
        put("bpmn/../../essai.bpmn", "<definitions/>"),
    ),
    fault("an absolute path", "outside-folder", "/etc/hostname", "", put("/etc/hostname", "serveur")),
    fault(
        "a form with a comma too many",
        "not-json",
        "forms/relance.json",
        "",
        edit("forms/relance.json", '"obligatoire": true}', '"obligatoire": true},'),
    ),
    fault(
        "a form cut short",
        "not-json",
        "forms/visite.json",
        "",
        raw("forms/visite.json", lambda data: data[:200]),
    ),
    fault(
        "a key written twice",
        "not-json",
        "forms/relance.json",
        "",
        edit("forms/relance.json", '"titre"', '"titre": "Autre", "titre"'),
    ),
    fault(
        "a number that is none",
        "not-json",
        "forms/visite.json",
        "",
        edit("forms/visite.json", '"max": 40', '"max": NaN'),
    ),
    fault(
        "settings without an equal sign",
        "not-toml",
        SETTINGS,
        "",
        edit(SETTINGS, 'code = "exemple"', 'code "exemple"'),
    ),
    fault(
        "settings with a table written twice",
        "not-toml",
        SETTINGS,
        "",
        edit(SETTINGS, "[vivant]", "[reglages]\nautre = 1\n\n[vivant]"),
    ),
)
