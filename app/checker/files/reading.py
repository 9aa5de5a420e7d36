"""From bytes to a ``Model``: each file is read by itself, and what is wrong with it alone is said."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

from lxml import etree

from app.catalog import nir
from app.catalog.bundle import belongs
from app.catalog.fingerprint import load_json
from app.catalog.forms import Form
from app.catalog.indicator_reading import parse_indicators
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.indicators import Indicators
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings, parse_settings
from app.catalog.source import SettingsFault
from app.catalog.templates import check_template
from app.checker.files import content
from app.checker.files.outside_calls import check_outside, check_subject
from app.checker.files.past_faults import read_form, read_tables, sentence, unparsed
from app.checker.model import Model
from app.checker.problem import Problem
from app.decisions import DecisionTable
from app.decisions.reading import MAX_ELEMENTS
from app.documents.front import check_front
from app.engine import Described
from app.engine.description import describe_all
from app.errors import BundleFault
from app.expressions.safe_xml import MAX_NODES, UnsafeXml, parse_xml

_log = logging.getLogger(__name__)

DMN: Final = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NEUTRAL: Final = 'code = "seul"\nnom = "Fichier jugé seul"\n'
"""Settings of a file judged alone: the lists it names are those of no territory."""
_PLACE: Final = re.compile(r"« ([^»]+?) »")


def read(
    files: Mapping[str, bytes], *, whole: bool, unread: Collection[str] = ()
) -> tuple[Model, list[Problem], list[Problem]]:
    """Return everything readable in ``files``, what is wrong with each file by itself, and doubts.

    A doubt is a diagram whose elements could not be listed: it counts when nobody says more of that file.
    """
    reader = _Reader(files, whole=whole)
    order = sorted(files, key=lambda path: (path != SETTINGS_FILE, path))
    for path in order:
        guarded(path, reader.problems, partial(reader.read, path))
    return reader.model(unread), reader.problems, reader.doubts


def guarded(path: str, problems: list[Problem], work: Callable[[], None]) -> bool:
    """Do ``work``; whatever breaks unexpectedly becomes a problem of the file, and its kind goes to the log.

    Returns whether the work ended.
    """
    try:
        work()
    except RecursionError:
        problems.append(Problem(path, "", "error", "too-deep", DEEP))
    except MemoryError:
        problems.append(Problem(path, "", "error", "too-slow", HEAVY))
    except Exception as fault:  # noqa: BLE001 - one checked file: the others are judged all the same
        _log.error("%s could not be judged: %s", path, type(fault).__name__, exc_info=fault)
        problems.append(Problem(path, "", "error", "unreadable", UNREADABLE))
    else:
        return True
    return False


DEEP: Final = "Ce fichier imbrique trop d'éléments les uns dans les autres. Simplifiez-le."
HEAVY: Final = "Ce fichier demande trop de temps ou de mémoire pour être jugé. Allégez-le ou découpez-le."
OUTSIDE: Final = "Ce chemin mène hors du dossier. Remplacez-le par le fichier lui-même, dans le dossier."
UNREADABLE: Final = (
    "Ce fichier n'a pas pu être jugé jusqu'au bout. Enregistrez-le de nouveau depuis son éditeur ; "
    "si rien ne change, transmettez-le à l'équipe technique."
)


class _Reader:
    """Fills the parts of a model, file after file; the settings come first, because forms read them."""

    def __init__(self, files: Mapping[str, bytes], *, whole: bool) -> None:
        self.files = files
        self.whole = whole
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self.settings: Settings | None = None
        self.indicators: Indicators | None = None
        self.neutral = parse_settings(NEUTRAL)
        self.roots: dict[str, Any] = {}
        self.tables: dict[str, tuple[str, DecisionTable]] = {}
        self.forms: dict[str, tuple[str, Form]] = {}
        self.described: dict[str, tuple[Described, ...]] = {}
        self.process_files: dict[str, str] = {}

    def model(self, unread: Collection[str]) -> Model:
        return Model(
            files=self.files,
            whole=self.whole,
            settings=self.settings,
            indicators=self.indicators,
            roots=self.roots,
            tables=self.tables,
            forms=self.forms,
            described=self.described,
            process_files=self.process_files,
            broken=frozenset(problem.path for problem in self.problems) | frozenset(unread),
        )

    def say(self, path: str, code: str, message: str, element: str = "") -> None:
        self.problems.append(Problem(path, element, "error", code, message))

    def read(self, path: str) -> None:
        """Read one file as its name says."""
        data = self.files[path]
        kind = content.kind_of(path)
        if content.climbs(path):
            self.say(path, "outside-folder", OUTSIDE)
            return
        if not kind or (self.whole and not belongs(path)):
            self.say(path, "not-a-programme-file", _misplaced(path))
            return
        refused = content.judge_size(path, len(data)) or self._judge_text(path, kind, data)
        if refused:
            self.problems.append(refused)
            return
        if nir.holds_number(data.decode("utf-8")):
            self.say(path, "nir", nir.SENTENCE)
        {
            content.DIAGRAM: self._diagram,
            content.DECISION: self._decisions,
            content.FORM: self._form,
            content.MESSAGE: self._template,
            content.DOCUMENT: self._template,
            content.SETTINGS: self._settings,
        }[kind](path, data)

    def _judge_text(self, path: str, kind: str, data: bytes) -> Problem | None:
        refused = content.judge_text(path, data)
        if refused and refused.code == "not-utf8" and kind in {content.DIAGRAM, content.DECISION}:
            try:  # a DOCTYPE is the graver fault, in any encoding
                parse_xml(data, max_nodes=MAX_ELEMENTS)
            except UnsafeXml as fault:
                if fault.code == "doctype":
                    return Problem(path, "", "error", "doctype", str(fault))
        return refused

    def _xml(self, path: str, data: bytes, most: int) -> Any:
        try:
            return parse_xml(data, max_nodes=most)
        except UnsafeXml as fault:
            self.say(path, fault.code, str(fault))
            return None

    def _diagram(self, path: str, data: bytes) -> None:
        root = self._xml(path, data, MAX_NODES)
        if root is None:
            return
        if root.tag != f"{BPMN}definitions":
            self.say(path, "not-bpmn", _other_xml(root, "un diagramme BPMN 2.0"))
            return
        self.roots[path] = root
        # What cannot be described is refused by the engine's examination, in better words.
        guarded(path, self.doubts, lambda: self._describe(path, root))

    def _describe(self, path: str, root: Any) -> None:
        described, _, _ = describe_all({path: root})
        for process, rows in described.items():
            self.described.setdefault(process, rows)
            self.process_files.setdefault(process, path)

    def _decisions(self, path: str, data: bytes) -> None:
        root = self._xml(path, data, MAX_ELEMENTS)
        if root is None:
            return
        if root.tag != f"{DMN}definitions":
            self.say(path, "not-dmn", _other_xml(root, "une table de décision DMN 1.3"))
            return
        tables, problems = read_tables(path, root, data)
        self.problems += problems
        for key, table in tables.items():
            if key in self.tables:
                other = self.tables[key][0]
                self.say(
                    path,
                    "duplicate-id",
                    f"L'identifiant « {key} » est déjà celui d'une table de « {other} ». Renommez-en une.",
                    key,
                )
            self.tables.setdefault(key, (path, table))

    def _form(self, path: str, data: bytes) -> None:
        try:
            parsed = load_json(path, data)
        except BundleFault as fault:
            self._unparsed(path, "not-json", "JSON", fault)
            return
        if not isinstance(parsed, Mapping):
            self.say(
                path,
                "bad-form",
                "Un formulaire commence par « { » et porte « id », « titre », « champs ». "
                "Repartez d'un formulaire qui existe.",
            )
            return
        form, problems = read_form(path, data, parsed, self.settings or self.neutral)
        self.problems += problems
        if form is None:
            return
        stem = PurePosixPath(path).stem
        if form.id != stem:
            self.say(
                path,
                "bad-form",
                f"« id » vaut « {form.id} », mais le fichier s'appelle « {stem}.json ». "
                "Donnez-leur le même nom.",
                "id",
            )
            return
        self.forms[form.id] = (path, form)

    def _settings(self, path: str, data: bytes) -> None:
        counted = PurePosixPath(path).name == INDICATORS_FILE
        try:
            if counted:
                self.indicators = parse_indicators(data.decode("utf-8"))
            else:
                self.settings = parse_settings(data.decode("utf-8"))
        except BundleFault as fault:
            if isinstance(fault.__cause__, SettingsFault):
                cause = str(fault.facts["cause"])
                place = _PLACE.match(cause)
                code = "bad-indicators" if counted else "bad-settings"
                self.say(path, code, sentence(cause), place[1] if place else "")
            else:
                self._unparsed(path, "not-toml", "TOML", fault)

    def _template(self, path: str, data: bytes) -> None:
        text = data.decode("utf-8")
        steps: tuple[Callable[..., object], ...] = (check_template, check_front, check_outside)
        if path.endswith(content.MESSAGE):
            steps = (check_template, check_subject)
        for step in steps:
            try:
                step(text, file=path)
            except BundleFault as fault:
                self.say(path, "bad-template", sentence(fault.facts["cause"]))
                return

    def _unparsed(self, path: str, code: str, language: str, fault: BundleFault) -> None:
        if isinstance(fault.__cause__, RecursionError):
            self.say(path, "too-deep", DEEP)
        else:
            self.say(path, code, unparsed(fault, language))


def _misplaced(path: str) -> str:
    if not content.kind_of(path):
        return f"Ce fichier n'a pas sa place ici : {content.EXPECTED}. Retirez-le ou renommez-le."
    return (
        "Ce fichier n'est pas à sa place. Rangez-le dans bpmn/, dmn/, forms/, messages/ ou documents/ selon "
        "son genre, sous un nom en minuscules sans accent ni espace."
    )


def _other_xml(root: Any, wanted: str) -> str:
    name = etree.QName(root)
    namespace = name.namespace or ""
    if "/DMN/" in namespace and "DMN" in wanted:
        return (
            "Cette table de décision est écrite dans une autre version de DMN. Ouvrez-la dans un éditeur "
            "récent et enregistrez-la en DMN 1.3."
        )
    if "/DMN/" in namespace:
        found = "une table de décision (DMN)"
    elif "/BPMN/" in namespace:
        found = "un diagramme BPMN"
    elif name.localname == "html":
        found = "une page web"
    elif name.localname == "svg":
        found = "un dessin SVG"
    else:
        found = f"un XML dont la racine est « {name.localname[:40]} »"
    return f"Ce fichier est {found}, pas {wanted}. Exportez-le de nouveau dans ce format, ou renommez-le."
