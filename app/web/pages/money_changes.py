"""What changes agreements and payments; what is refused comes back with what to do (CAR-1, AST-10)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.catalog.uploads import MAX_BYTES, UploadRefused, accept
from app.errors import Invalid
from app.services import agreements, payments
from app.services.agreements import Facts
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, comma, form_page, sent_back
from app.web.pages.files import FILE_POLICY
from app.web.pages.money import agreement_page
from app.web.permissions import actor, requires

blueprint = Blueprint("money_changes", __name__)
_FIELDS: Final = (
    "cle", "genre", "titre", "structure", "nom_structure", "signee", "debut", "fin", "rappel", "montant",
    "avance", "note",
)  # fmt: skip


@blueprint.get("/t/<code>/budget/conventions/nouvelle")
@requires("budget.agir")
def new_agreement() -> ResponseReturnValue:
    """Show an empty agreement; ``de`` fills it from the one that it renews."""
    return _agreement_form(None, _renewed(request.args.get("de", "")), {}, 0)


@blueprint.get("/t/<code>/budget/conventions/<uuid:agreement_id>/modifier")
@requires("budget.agir")
def edit_agreement(agreement_id: UUID) -> ResponseReturnValue:
    """Show an agreement to be changed."""
    row = agreements.get(agreement_id)
    return _agreement_form(agreement_id, _sent_of(row), {}, row.version)


@blueprint.post("/t/<code>/budget/conventions/nouvelle", defaults={"agreement_id": None})
@blueprint.post("/t/<code>/budget/conventions/<uuid:agreement_id>/modifier")
@requires("budget.agir")
def save_agreement(agreement_id: UUID | None) -> ResponseReturnValue:
    """Keep an agreement."""
    sent = {name: request.form.get(name, "") for name in _FIELDS}
    return answered(
        lambda: agreements.save(agreement_id, _facts(), version=typed.version(), by=actor()),
        "La convention est enregistrée.",
        then=_agreement,
        refused=lambda problems: _agreement_form(agreement_id, sent, problems, typed.version()),
    )


def _facts() -> Facts:
    typed.must_read("signee", "debut", "fin", "rappel", "montant", "avance")
    return Facts(
        key=typed.text("cle"),
        kind=typed.text("genre"),
        title=typed.text("titre"),
        partner_id=typed.an_id("structure"),
        party=typed.text("nom_structure"),
        signed_on=typed.day("signee"),
        starts_on=typed.day("debut"),
        ends_on=typed.day("fin"),
        remind_on=typed.day("rappel"),
        amount=typed.amount("montant"),
        advance_limit=typed.amount("avance"),
        note=typed.text("note"),
    )


def _sent_of(row: Any) -> dict[str, Any]:
    return {
        "cle": row.key, "genre": row.kind, "titre": row.title, "structure": str(row.partner_id or ""),
        "nom_structure": row.party, "signee": row.signed_on, "debut": row.starts_on, "fin": row.ends_on,
        "rappel": row.remind_on, "montant": comma(row.amount), "avance": comma(row.advance_limit),
        "note": row.note,
    }  # fmt: skip


def _renewed(of: str) -> dict[str, Any]:
    try:
        row = agreements.get(UUID(of))
    except ValueError:
        return {}
    return {**_sent_of(row), "signee": None, "debut": None, "fin": None, "rappel": None}


def _agreement_form(
    agreement_id: UUID | None, sent: dict[str, Any], problems: Problems, version: int
) -> ResponseReturnValue:
    partners = agreements.partner_choices()
    return form_page(
        "budget_agreement_form", sent, problems, version, agreement_id=agreement_id, partners=partners
    )


@blueprint.post("/t/<code>/budget/conventions/<uuid:agreement_id>/fin")
@requires("budget.agir")
def end_agreement(agreement_id: UUID) -> ResponseReturnValue:
    """End an agreement before its time."""
    return _on_agreement(
        agreement_id,
        lambda: agreements.end(
            agreement_id, on=typed.day("le"), reason=typed.text("motif"), version=typed.version(), by=actor()
        ),
        "La convention prend fin ce jour-là ; ce qui est engagé reste dû.",
    )


@blueprint.post("/t/<code>/budget/conventions/<uuid:agreement_id>/pieces")
@requires("budget.agir")
def attach(agreement_id: UUID) -> ResponseReturnValue:
    """Attach a document."""
    return _on_agreement(agreement_id, lambda: _attach(agreement_id), "Le document est joint.")


def _attach(agreement_id: UUID) -> None:
    item = request.files.get("piece")
    if item is None or not item.filename:
        raise Invalid({"piece": ["Choisissez un fichier à joindre."]})
    try:
        upload = accept(item.filename, item.read(MAX_BYTES + 1))
    except UploadRefused as refused:
        raise Invalid({"piece": [str(refused)]}) from refused
    agreements.attach(agreement_id, upload, by=actor())


@blueprint.get("/t/<code>/budget/conventions/<uuid:agreement_id>/pieces/<uuid:file_id>")
@requires("budget.voir")
def attached(agreement_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Open a document attached to an agreement."""
    content, name, mime = agreements.open_file(agreement_id, file_id, by=actor())
    answer = send_file(BytesIO(content), mimetype=mime, download_name=name, as_attachment=True, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@blueprint.post("/t/<code>/budget/conventions/<uuid:agreement_id>/versements")
@requires("budget.agir")
def pay(agreement_id: UUID) -> ResponseReturnValue:
    """Note a payment."""
    return _on_agreement(
        agreement_id,
        lambda: payments.record(agreement_id, _paid(), version=typed.version(), by=actor()),
        "Le versement est noté.",
    )


def _paid() -> payments.Paid:
    return payments.Paid(
        kind=typed.text("nature"),
        amount=typed.amount("montant"),
        on=typed.day("date"),
        reference=typed.text("reference"),
        partner_id=typed.an_id("structure"),
        finding=typed.text("constat"),
    )


@blueprint.post("/t/<code>/budget/versements/<uuid:payment_id>/annuler")
@requires("budget.agir")
def cancel_payment(payment_id: UUID) -> ResponseReturnValue:
    """Cancel a payment noted by mistake."""
    back = typed.an_id("convention")
    return answered(
        lambda: payments.cancel(payment_id, reason=typed.text("motif"), by=actor()),
        "Le versement est annulé ; il reste dans l'historique.",
        then=_agreement,
        refused=sent_back(_agreement(back) if back is not None else url_for("money.page")),
    )


def _on_agreement(agreement_id: UUID, act: Callable[[], object], done: str) -> ResponseReturnValue:
    return answered(
        act,
        done,
        then=lambda _: _agreement(agreement_id),
        refused=lambda problems: agreement_page(agreement_id, problems),
    )


def _agreement(agreement_id: UUID) -> str:
    return url_for("money.agreement", agreement_id=agreement_id)
