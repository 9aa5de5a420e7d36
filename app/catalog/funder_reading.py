"""Reading ``[financeur]`` of ``indicateurs.toml``."""

from decimal import Decimal

from app.catalog.funder import KINDS, MOST_COLUMNS, WHOLE, Column, Funder, Payer
from app.catalog.indicator_parts import read_dimension, read_expression
from app.catalog.source import Section, SettingsFault


def read_funder(root: Section) -> Funder | None:
    """Read ``[financeur]``; None where nobody asks for an account.

    Raises:
        SettingsFault: a key is unknown or missing, the parts do not make a hundred.
    """
    if "financeur" not in root.values:
        return None
    section = root.section("financeur")
    section.only("titre", "aide", "si", "date", "cout", "parts", "colonnes")
    columns = tuple(_column(row, place) for place, row in enumerate(section.rows("colonnes"), 1))
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise SettingsFault(f"« {section.at('colonnes')} » : de 1 à {MOST_COLUMNS} colonnes.")
    payers = tuple(_payer(row) for row in section.rows("parts"))
    if payers and sum((one.part for one in payers), Decimal(0)) != WHOLE:
        raise SettingsFault(f"« {section.at('parts')} » : les parts doivent faire 100 ensemble.")
    if payers and not section.values.get("cout"):
        raise SettingsFault(f"« {section.at('cout')} » manque : dites ce qu'un ménage a coûté, en euros.")
    return Funder(
        title=section.text("titre"),
        help=section.optional_text("aide") or "",
        condition=read_expression(section, "si"),
        date=read_expression(section, "date"),
        cost=read_expression(section, "cout"),
        columns=columns,
        payers=payers,
    )


def _column(row: Section, place: int) -> Column:
    named = Section(f"financeur.colonnes.{place}", row.values)
    kind = named.one_of("format", KINDS, default="texte")
    bare = Section(named.path, {key: value for key, value in row.values.items() if key != "format"})
    return Column(read_dimension(bare), kind)


def _payer(row: Section) -> Payer:
    row.only("libelle", "part")
    part = row.number("part")
    if part is None or not 0 < part <= WHOLE:
        raise SettingsFault(f"« {row.at('part')} » : un pourcentage entre 0 et 100 est attendu.")
    return Payer(row.text("libelle"), Decimal(part))
