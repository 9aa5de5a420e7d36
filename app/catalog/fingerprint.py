"""The normalised content of a bundle and its SHA-256: equal programmes have equal fingerprints."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from lxml import etree

from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import hashed_part, load_toml
from app.catalog.source import plain_decimal
from app.errors import BundleFault
from app.expressions.safe_xml import UnsafeXml, parse_xml


def fingerprint(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 in hexadecimal of ``files``, sorted by path, each normalised.

    XML is canonical without layout white space nor comments, JSON and TOML are sorted, line ends are ``\\n``.
    The territory's code, name and live rows do not count.

    Raises:
        BundleFault: a file that is no XML, JSON or TOML.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        normalised = normalise(path, files[path])
        digest.update(f"{path}\0{len(normalised)}\0".encode())
        digest.update(normalised)
    return digest.hexdigest()


def normalise(path: str, data: bytes) -> bytes:
    """Return ``data`` with whatever does not change its meaning taken out.

    Raises:
        BundleFault: it is not what its name says.
    """
    if path.endswith((".bpmn", ".dmn")):
        return canonical_xml(path, data)
    if path.endswith(".json"):
        return sorted_json(load_json(path, data))
    if path == SETTINGS_FILE:
        return sorted_json(hashed_part(load_toml(data.decode("utf-8"))))
    if path == INDICATORS_FILE:
        return sorted_json(load_toml(data.decode("utf-8")))
    return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").encode()


def canonical_xml(path: str, data: bytes) -> bytes:
    """Return the canonical form (C14N) of an XML file, without comments and layout white space.

    Raises:
        BundleFault: unreadable or refused XML.
    """
    try:
        root = parse_xml(data)
    except UnsafeXml as fault:
        raise BundleFault(file=path, cause=str(fault)) from fault
    for element in root.iter():
        if len(element) and not (element.text or "").strip():
            element.text = None
        if not (element.tail or "").strip():
            element.tail = None
    return bytes(etree.tostring(root, method="c14n", with_comments=False))


def load_json(path: str, data: bytes) -> Any:
    """Return the parsed file; decimals stay ``Decimal``.

    Raises:
        BundleFault: no JSON, a key written twice, or nested too deep.
    """
    try:
        return json.loads(
            data, parse_float=plain_decimal, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except RecursionError as fault:
        raise BundleFault(file=path, cause="ce fichier est imbriqué trop profondément.") from fault
    except ValueError as fault:
        raise BundleFault(file=path, cause=f"ce fichier n'est pas du JSON valable ({fault}).") from fault


def sorted_json(value: object) -> bytes:
    """Return ``value`` as JSON with sorted keys and no white space."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("une clé y figure deux fois")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} n'est pas un nombre")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of a bundle")
