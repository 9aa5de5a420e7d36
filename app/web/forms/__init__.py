"""A compiled form as HTML: label, hint, error, control; usable without a script, by keyboard, at 390 px."""

from app.web.forms.page import render, render_answers
from app.web.forms.view import anchor

__all__ = ["anchor", "render", "render_answers"]
