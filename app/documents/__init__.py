"""Documents to hand over: frozen facts → HTML → PDF. Pure: no rows, no network, no file of anybody."""

from app.documents.errors import DocumentFault
from app.documents.fragments import answers_table, bullets, drawn, grid, lines, rows_table, signatures
from app.documents.layout import Brand, Heading, Layout, render_html
from app.documents.press import Limits, available, pdf

__all__ = [
    "Brand",
    "DocumentFault",
    "Heading",
    "Layout",
    "Limits",
    "answers_table",
    "available",
    "bullets",
    "drawn",
    "grid",
    "lines",
    "pdf",
    "render_html",
    "rows_table",
    "signatures",
]
