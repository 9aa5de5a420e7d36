"""What a network makes public: texts gathered from its forms, published once agreed to (ANG-1, ANG-4)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.catalog.answers import decode
from app.catalog.words import say
from app.database import db
from app.handlers.gathering_effects import PublishPaper
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import Submission

_PUBLIC: Final = "technique"
"""The only class of answers that a paper may hold (LAW-1)."""


class GatherParameters(Schema):
    """``champs``: answers (``formulaire.champ``) in the order of the paper.

    A form answered once a branch (a group each) gives one part a branch; its field ``titre``, if it has
    one, heads it. Else the label of the field does.
    """

    champs = fields.List(fields.String(), required=True, validate=validate.Length(min=1, max=40))


class PublishParameters(Schema):
    """``parties``: rows ``partie`` (heading) and ``texte``; ``fichiers``: files; ``accords``: forms."""

    titre = fields.String(required=True, validate=validate.Length(min=1, max=160))
    genre = fields.String(load_default="")
    a_propos = fields.String(load_default="")
    parties = fields.List(fields.Raw(), required=True, validate=validate.Length(min=1))
    fichiers = fields.List(fields.Raw(), load_default=list)
    accords = fields.List(fields.String(), load_default=list)


@operation("reunir_textes", GatherParameters, label="Réunir des textes", gives="parties : partie, texte")
def gather_texts(context: Context, *, champs: list[str]) -> Result:
    """Put the texts given so far into one paper, part by part, for somebody to read over."""
    parts: list[dict[str, str]] = []
    for place in champs:
        form_id, _, key = place.partition(".")
        form = context.bundle.forms.get(form_id)
        field = form.field(key) if form is not None else None
        if form is None or field is None or field.classe != _PUBLIC:
            raise HandlerFault(
                operation="reunir_textes",
                cause=f"« {place} » n'est pas une réponse technique d'un formulaire de ce dispositif.",
            )
        for answers in _given(form_id, context):
            text = str(answers.get(key) or "").strip()
            if text:
                heading = str(answers.get("titre") or "") if key != "titre" else ""
                parts.append({"partie": heading or field.label, "texte": text})
    return Result({"parties": parts})


@operation("publier_document", PublishParameters, label="Publier un document du réseau", gives="rien")
def publish(
    context: Context,
    *,
    titre: str,
    genre: str,
    a_propos: str,
    parties: list[Any],
    fichiers: list[Any],
    accords: list[str],
) -> Result:
    """Make a paper public, with who agreed to it and when."""
    parts = tuple(
        {"titre": str(row.get("partie") or "").strip(), "texte": str(row.get("texte") or "").strip()}
        for row in parties
        if isinstance(row, Mapping)
    )
    kept = tuple(
        {"id": str(one["id"]), "nom": str(one.get("nom") or "")}
        for one in fichiers
        if isinstance(one, Mapping) and "id" in one
    )
    approvals = tuple(_agreed(form, context) for form in accords)
    paper = PublishPaper(titre.strip(), genre.strip(), a_propos.strip(), parts, kept, approvals)
    return Result(effects=(paper,))


def _given(form_id: str, context: Context) -> Iterator[Mapping[str, Any]]:
    """Yield the latest answers of a form: of the whole process, then of each branch, in the order given.

    The step under way is not stored yet: ``names`` holds it.
    """
    latest: dict[str | None, Mapping[str, Any]] = {}
    query = select(Submission).where(
        Submission.process_id == context.process_id, Submission.form == form_id, Submission.scope.is_not(None)
    )
    for row in db.session.scalars(query.order_by(Submission.at, Submission.id)):
        latest[row.scope] = decode(row.answers)
    whole = context.names.get(form_id) if form_id in context.names else None
    if not latest and isinstance(whole, Mapping):
        yield whole
    for scope in sorted(latest, key=str):
        yield latest[scope]


def _agreed(form_id: str, context: Context) -> dict[str, str]:
    """Return whose agreement a form holds: the title of the form says for whom it speaks."""
    form = context.bundle.forms.get(form_id)
    if form is None:
        raise HandlerFault(
            operation="publier_document", cause=f"le formulaire « {form_id} » n'existe pas ici."
        )
    last = db.session.scalar(
        select(Submission.at)
        .where(Submission.process_id == context.process_id, Submission.form == form_id)
        .order_by(Submission.at.desc(), Submission.id.desc())
        .limit(1)
    )
    day = (last or context.now).astimezone(clock.PARIS).date()
    return {"qui": form.title, "le": say(day)}
