"""From a form's JSON to a ``Form``; every fault is a French sentence that names the field."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.access import CLASSES
from app.catalog import nir
from app.catalog.appointment import read_appointment
from app.catalog.conditions import Expression, both, compile_expression
from app.catalog.fields import Field, FormSection, Option, Rule
from app.catalog.fingerprint import load_json, sorted_json
from app.catalog.forms import Form
from app.catalog.kinds import KINDS, Kind
from app.catalog.kinds.choices import EVERY_KIND, Structure
from app.catalog.kinds.tables import ITEM
from app.catalog.settings import Settings
from app.catalog.simulation import read_effort
from app.catalog.source import Section, SettingsFault, listed
from app.errors import BundleFault
from app.expressions import ExpressionError

MAX_FIELDS = 300
FORMATS = {"courriel": "courriel", "telephone": "telephone"}
"""A ``texte`` with a ``format`` is one of these types."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){1,3}")
_PATH = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3}")
_RESERVED = frozenset({"typename", "csrf_token", ITEM, "true", "false", "null"})
"""``typename`` breaks the engine's stored state; ``ligne`` is a row's item; the rest are words of others."""
_COMMON = (
    "cle", "type", "format", "libelle", "aide", "obligatoire", "si", "classe", "reprise_de", "alimente",
    "initiale", "message", "simulation", "lecture_seule",
)  # fmt: skip


def compile_form(data: bytes | str, *, settings: Settings, file: str = "formulaire") -> Form:
    """Compile one form with the options and communes of its territory.

    Raises:
        BundleFault: bad JSON, an unknown key or type, a bad expression, a field that asks for a NIR (LAW-4).
    """
    parsed = load_json(file, data.encode() if isinstance(data, str) else data)
    if not isinstance(parsed, Mapping):
        raise BundleFault(
            file=file, cause="un formulaire commence par « { » et porte « id », « titre », « champs »."
        )
    try:
        return _form(Section("", parsed), settings)
    except SettingsFault as fault:
        raise BundleFault(file=file, cause=str(fault)) from fault


def _form(root: Section, settings: Settings) -> Form:
    root.only(
        "id", "titre", "introduction", "champs", "rubriques", "regles", "simulation", "agenda", "terrain"
    )  # fmt: skip
    if ("champs" in root.values) == ("rubriques" in root.values):
        raise SettingsFault("Un formulaire porte « champs », ou « rubriques » quand il est long.")
    reader = _Reader(settings)
    sections = []
    for part in root.rows("rubriques") if "rubriques" in root.values else (root,):
        if part is not root:
            part.only("titre", "onglet", "introduction", "si", "champs")
        title = part.text("titre") if part is not root else ""
        introduction = (part.optional_text("introduction") or "") if part is not root else ""
        condition = _expression(part, "si", frozenset(reader.known)) if part is not root else None
        fields = tuple(_within(condition, reader.field(section)) for section in part.rows("champs"))
        tab = (part.optional_text("onglet") or "") if part is not root else ""
        sections.append(FormSection(title, introduction, condition, fields, tab))
    if not any(section.fields for section in sections):
        raise SettingsFault("Ce formulaire n'a aucun champ.")
    return Form(
        id=root.text("id", pattern=_KEY, shape="des minuscules sans accent, des chiffres et « _ »"),
        title=root.text("titre"),
        introduction=root.optional_text("introduction") or "",
        sections=tuple(sections),
        rules=tuple(reader.rule(section) for section in root.rows("regles")),
        communes=settings.communes,
        effort=read_effort(root.section("simulation")),
        appointment=read_appointment(
            root.section("agenda"), [field for part in sections for field in part.fields]
        ),
        outdoors=root.boolean("terrain", default=False),
        version=hashlib.sha256(sorted_json(root.values)).hexdigest()[:12],
    )


def _within(condition: Expression | None, field: Field) -> Field:
    return field if condition is None else replace(field, condition=both(condition, field.condition))


class _Reader:
    """Reads fields in order; an expression may only name fields read before it."""

    def __init__(self, settings: Settings, outer: frozenset[str] = frozenset()) -> None:
        self.settings = settings
        self.outer = outer
        self.known: set[str] = set()

    def field(self, section: Section) -> Field:
        kind = self._kind(section)
        key = self._key(section, kind)
        path = Section(key, section.values)
        path.only(*_COMMON, *sorted(kind.attributes))
        label = path.text("libelle")
        _refuse_number(key, label, kind)
        known = self.outer | self.known
        field = Field(
            key=key,
            type=kind.name,
            label=label,
            hint=path.optional_text("aide") or "",
            required=path.boolean("obligatoire", default=False),
            classe=path.one_of("classe", CLASSES, default="technique"),
            condition=_expression(path, "si", known),
            computed=_expression(path, "calcul", known) if "calcul" in kind.attributes else None,
            initial=_expression(path, "initiale", frozenset()),
            taken_from=path.optional_text("reprise_de", pattern=_DOTTED, shape="« formulaire.champ »"),
            feeds=path.optional_text("alimente", pattern=_DOTTED, shape="« menage.nom »"),
            message=path.optional_text("message") or "",
            read_only=path.boolean("lecture_seule", default=False),
            simulation=_simulation(path, known),
            **kind.configure(path),
        )
        if kind.name == "calcul" and field.computed is None:
            raise SettingsFault(f"« {key} » : un champ calculé porte une expression « calcul ».")
        self.known.add(key)
        if len(self.known) > MAX_FIELDS:
            raise SettingsFault(f"Ce formulaire a plus de {MAX_FIELDS} champs : faites-en deux.")
        return self._with_columns(self._with_options(field), path)

    def rule(self, section: Section) -> Rule:
        section.only("exige", "message", "champs")
        requires = _expression(section, "exige", frozenset(self.known))
        keys = tuple(section.texts("champs", sorted(self.known), "le champ"))
        if requires is None or not keys:
            raise SettingsFault(f"« {section.path} » : une règle porte « exige », « message » et « champs ».")
        return Rule(requires, section.text("message"), keys)

    def _kind(self, section: Section) -> Kind:
        name = section.values.get("type")
        name = "courriel" if name == "email" else name
        if name == "texte" and "format" in section.values:
            name = FORMATS[section.one_of("format", tuple(FORMATS))]
        if not isinstance(name, str) or name not in KINDS:
            shown = section.values.get("cle") or section.path
            raise SettingsFault(
                f"« {shown} » : le type « {name} » n'existe pas. Types : {listed(sorted(KINDS))}."
            )
        return KINDS[name]

    def _key(self, section: Section, kind: Kind) -> str:
        if not kind.answered and "cle" not in section.values:
            return f"info_{len(self.known) + 1}"
        key = section.text("cle", pattern=_KEY, shape="des minuscules sans accent, des chiffres et « _ »")
        if key in _RESERVED:
            raise SettingsFault(f"« {key} » : ce nom est réservé, choisissez-en un autre.")
        if key in self.known or key in self.outer:
            raise SettingsFault(f"« {key} » : deux champs portent ce nom.")
        return key

    def _with_options(self, field: Field) -> Field:
        source = field.options_from
        if source is None:
            return field
        if field.type == Structure.name:
            return self._of_a_known_kind(field, source.partition(".")[2])
        words: Mapping[str, Mapping[str, str]] = {
            "prestations": self.settings.services,
            "partenaires": {kind.id: kind.label for kind in self.settings.partner_kinds.values()},
            "articles": self.settings.stock.choices,
            "compteurs": self.settings.consumption.choices,
            "communes": {commune.insee: commune.name for commune in self.settings.communes},
        }
        if source in {"sites", "sites_ouverts"} and self.settings.sites is None:
            raise SettingsFault(
                f"« {field.key} » : ce territoire n'a pas de section [sites]. Ajoutez-la à territoire.toml."
            )
        if source in words:
            options = tuple(Option(value, label) for value, label in words[source].items())
            return replace(field, options=options, options_from=None)
        if not _PATH.fullmatch(source):
            raise SettingsFault(f"« {field.key} » : « options » nomme une liste, comme « prestations ».")
        return field

    def _of_a_known_kind(self, field: Field, kind: str) -> Field:
        if kind != EVERY_KIND and kind not in self.settings.partner_kinds:
            known = ", ".join(self.settings.partner_kinds) or "aucun"
            raise SettingsFault(
                f"« {field.key} » : le genre « {kind} » n'est pas dans [partenaires] ; genres : {known}."
            )
        return field

    def _with_columns(self, field: Field, path: Section) -> Field:
        if field.type != "tableau":
            return field
        if field.rows_from is not None and not _PATH.fullmatch(field.rows_from):
            raise SettingsFault(f"« {field.key} » : « lignes_de » nomme une liste, comme « situations ».")
        within = _Reader(self.settings, frozenset(self.known) | {ITEM})
        columns = []
        for row in path.rows("colonnes"):
            column = within.field(Section(row.path, {"classe": field.classe, **row.values}))
            if not KINDS[column.type].in_rows:
                raise SettingsFault(
                    f"« {field.key}.{column.key} » : une colonne ne peut pas être du type « {column.type} »."
                )
            columns.append(column)
        if not columns:
            raise SettingsFault(f"« {field.key} » : un tableau porte au moins une colonne (« colonnes »).")
        return replace(field, columns=tuple(columns))


def _expression(section: Section, name: str, known: frozenset[str] | set[str]) -> Expression | None:
    text: Any = section.values.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise SettingsFault(f"« {section.at(name)} » : une expression entre guillemets est attendue.")
    try:
        return compile_expression(text, known)
    except ExpressionError as fault:
        raise SettingsFault(f"« {section.at(name)} » : {fault}") from fault


def _simulation(path: Section, known: frozenset[str] | set[str]) -> Mapping[str, object]:
    simulation = path.section("simulation")
    simulation.only("poids", "selon", "constance", "min", "max", "dans_jours", "ouvres", "valeurs", "part")
    days = simulation.values.get("dans_jours")
    if days is not None and not (
        isinstance(days, list) and len(days) == 2 and all(isinstance(day, int) for day in days)
    ):
        raise SettingsFault(f"« {simulation.at('dans_jours')} » : deux nombres de jours, comme [5, 30].")
    constancy = simulation.number("constance")
    if constancy is not None and not 0 <= constancy <= 1:
        raise SettingsFault(f"« {simulation.at('constance')} » : une part entre 0 et 1, comme 0.5.")
    cases = []
    for row in simulation.rows("selon"):
        row.only("si", "poids")
        cases.append((_expression(row, "si", known), row.section("poids").values))
    return {**simulation.values, "selon": tuple(cases)} if cases else simulation.values


def _refuse_number(key: str, label: str, kind: Kind) -> None:
    if kind.answered and (nir.asks_for_number(key) or nir.asks_for_number(label)):
        raise SettingsFault(
            f"« {key} » demande un numéro de sécurité sociale : aucun formulaire ne peut le faire. "
            "Retirez ce champ."
        )
