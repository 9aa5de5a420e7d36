"""The letter « Relevé des mesures »: what an operator did, what it is owed, what holds the balance back."""

from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from markupsafe import Markup

from app import clock, tenancy
from app.catalog import words
from app.database import db
from app.documents import Brand, Heading, bullets, grid, render_html, rows_table, signatures
from app.documents import pdf as laid_out
from app.models import Territory
from app.services import live, logos, money_words, releases
from app.services.statements import Line, Statement

TITLE: Final = "Relevé des mesures"
_BODY: Final = """
<p>{{ objet }}</p>
<div class="encadre">{{ resume }}</div>
<h2>Engagements et service fait</h2>
{{ totaux }}
{{ lignes }}
<h2>Versements</h2>
{{ versements }}
<h2>Solde</h2>
{{ solde }}
{{ signatures }}
"""
_NO_LINE: Final = "Rien n'est engagé à cette date."


def pdf(seen: Statement) -> BytesIO:
    """Return the letter as a PDF, at its beginning.

    Raises:
        DocumentFault: it could not be laid out.
    """
    return BytesIO(laid_out(html(seen)))


def html(seen: Statement) -> str:
    """Return the letter as a page."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    contact = live.contact(releases.current().settings)
    lines = (contact.service, contact.address, contact.telephone, contact.email)
    return render_html(
        _BODY,
        _facts(seen),
        title=TITLE,
        layout="lettre",
        brand=Brand(name=territory.name, address=tuple(line for line in lines if line), logo_png=logos.png()),
        heading=Heading(
            reference=seen.title,
            date=words.day(clock.today()),
            recipient=tuple(part for part in (seen.partner,) if part),
        ),
    )


def _facts(seen: Statement) -> dict[str, Any]:
    period = ""
    if seen.starts_on is not None:
        end = f" au {words.day(seen.ends_on)}" if seen.ends_on is not None else ""
        period = f", du {words.day(seen.starts_on)}{end}"
    return {
        "objet": f"{seen.title}{period}. Situation au {words.day(seen.on)}.",
        "resume": _summary(seen),
        "totaux": _totals(seen),
        "lignes": _lines(seen),
        "versements": _payments(seen),
        "solde": _balance(seen),
        "signatures": signatures(("Pour le territoire", "Pour la structure")),
    }


def _summary(seen: Statement) -> Markup:
    rows = [("Engagé", seen.engaged), ("Service fait", seen.served), ("Versé", seen.paid)]
    shown = [(label, money_words.euros(value)) for label, value in rows]
    rest = "Reste à verser" if seen.due >= 0 else "Avance non encore servie"
    shown.append((rest, money_words.euros(abs(seen.due))))
    if seen.advance_ceiling is not None:
        limit = f"{money_words.percent(seen.advance_limit)} de {money_words.euros(seen.annual_amount)}"
        shown.append(("Plafond d'avance", f"{money_words.euros(seen.advance_ceiling)} ({limit})"))
    return rows_table(shown)


def _totals(seen: Statement) -> Markup:
    return grid(
        ("Nature", "Nombre", "Quantité servie", "Engagé", "Service fait"),
        [
            (
                total.label, str(total.count), _of(total.served_quantity, total.quantity),
                money_words.euros(total.engaged), money_words.euros(total.served),
            )
            for total in seen.totals
        ],
        empty=_NO_LINE,
    )  # fmt: skip


def _lines(seen: Statement) -> Markup:
    if not seen.lines:
        return Markup("")
    return grid(
        ("Dossier", "Nature", "Du", "Au", "Servi", "Engagé", "Service fait"),
        [
            (
                line.case_reference or line.label or "–",
                line.nature_label,
                _day(line.starts_on) if line.starts_on is not None else "à venir",
                _until(line),
                _of(line.served_quantity, line.quantity),
                money_words.euros(line.engaged),
                money_words.euros(line.served),
            )
            for line in seen.lines
        ],
    )


def _payments(seen: Statement) -> Markup:
    return grid(
        ("Date", "Nature", "Référence", "Montant"),
        [
            (_day(row.paid_on), row.kind_label, row.reference or "–", money_words.euros(row.amount))
            for row in seen.payments
            if row.counts
        ],
        empty="Aucun versement à cette date.",
    )


def _balance(seen: Statement) -> Markup:
    if not seen.blocks and not seen.payable:
        return Markup("<p>Rien n'est à verser à cette date.</p>")
    if not seen.blocks:
        text = f"Rien ne bloque le solde : {money_words.euros(seen.payable)} peuvent être versés."
        return Markup("<p>{}</p>").format(text)
    held = [
        f"{block.case_reference} : {block.words} ({block.label.lower()}, depuis le {words.day(block.since)})"
        for block in seen.blocks
    ]
    return Markup("<p>{}</p>{}").format("Le solde attend ce qui suit :", bullets(held))


def _until(line: Line) -> str:
    if line.ended_on is not None:
        return f"{_day(line.ended_on)} (arrêt)"
    return _day(line.last_on) if line.last_on is not None else "–"


def _day(value: Any) -> str:
    return f"{value:%d/%m/%Y}"


def _of(served: Decimal, engaged: Decimal) -> str:
    return f"{_quantity(served)} sur {_quantity(engaged)}"


def _quantity(value: Any) -> str:
    return words.number(value, 0 if value == int(value) else 2)
