"""How the pages of money answer: a form with what was sent; an act that is done, or refused in words."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import releases

T = TypeVar("T")
Problems = dict[str, list[str]]
"""What to correct, by the name of a field."""


def comma(value: object) -> str:
    """Return a number as people type it; nothing for none."""
    return "" if value is None else str(value).replace(".", ",")


def errors(problems: Problems) -> list[dict[str, str]]:
    """Return what to correct as links to the fields."""
    return [{"href": f"#{name}", "text": text} for name, texts in problems.items() for text in texts]


def form_page(
    template: str, sent: Mapping[str, Any], problems: Problems, version: int, **facts: Any
) -> ResponseReturnValue:
    """Show a form, empty or as it was sent; 422 with what to correct.

    Args:
        template: the page, without its folder and its suffix.
        sent: what stands in the fields.
        version: of the row that the page shows, sent back with it.
        facts: what else the page needs.
    """
    page = render_template(
        f"pages/{template}.html",
        sent=sent,
        problems=problems,
        errors=errors(problems),
        version=version,
        settings=releases.current().settings.money,
        **facts,
    )
    return page, 422 if problems else 200


def answered(
    act: Callable[[], T],
    done: str,
    *,
    then: Callable[[T], str],
    refused: Callable[[Problems], ResponseReturnValue],
) -> ResponseReturnValue:
    """Do what was asked and go on to a page that says so, or show why it is refused.

    Args:
        act: what was asked; raises ``Invalid`` where it does not fit.
        done: the sentence said once it is done.
        then: the address of the next page, from what ``act`` gave.
        refused: the page that shows what to correct.
    """
    try:
        found = act()
    except Invalid as refusal:
        return refused(refusal.problems)
    flash(done, "success")
    return redirect(then(found))


def sent_back(address: str) -> Callable[[Problems], ResponseReturnValue]:
    """Return what shows the reason of a refusal on another page, where the act has no form of its own."""

    def show(problems: Problems) -> ResponseReturnValue:
        flash(" ".join(text for texts in problems.values() for text in texts), "error")
        return redirect(address)

    return show
