"""What a document's template may not call upon: nothing outside the template is ever read (LAW-8)."""

import re
from html.parser import HTMLParser
from typing import Final

from app.errors import BundleFault
from app.notifications import compose

_REFUSED: Final = frozenset({"script", "iframe", "frame", "object", "embed", "link", "base", "form", "meta"})
_ADDRESSES: Final = frozenset(
    {"src", "srcset", "data", "poster", "background", "xlink:href", "action", "formaction", "cite"}
)
_SPANS: Final = frozenset({"colspan", "rowspan"})
_MOST_SPAN: Final = 1000
_MOST_ROWS: Final = 2_000  # of a template, all tables together: laying out more takes minutes
_MOST_DEPTH: Final = 100  # elements that must be closed, one inside the other
_CLOSED: Final = frozenset(
    {
        "div",
        "span",
        "section",
        "article",
        "table",
        "ul",
        "ol",
        "dl",
        "blockquote",
        "b",
        "strong",
        "i",
        "em",
        "svg",
        "g",
    }
)
_CSS_CALL: Final = re.compile(
    r"url\(\s*[\"']?\s*(?!data:|#|\{\{)([^\"')\s]{1,60})|(@import\b[^;]{0,60})", re.IGNORECASE
)


def check_subject(text: str, *, file: str) -> None:
    """See that a message begins with its subject.

    Raises:
        BundleFault: it does not.
    """
    compose(text, {}, file=file)


def check_outside(text: str, *, file: str) -> None:
    """See that a document calls upon nothing outside itself, and holds no more than can be laid out.

    Raises:
        BundleFault: with the line and the call.
    """
    _check_marks(text, file)
    reader = _Reader(file)
    reader.feed(text)
    reader.close()


def _check_marks(text: str, file: str) -> None:
    """See that comments and elements are closed, and that nothing else is declared.

    The reader would look for the end of each again and again: a file of open marks would take it hours.
    """
    at, plain = 0, []
    while (start := text.find("<!--", at)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            raise _unclosed(text, start, file, "un commentaire « <!-- » n'est pas fermé")
        plain.append(text[at:start])
        at = end + 3
    plain.append(text[at:])
    kept = "".join(plain)
    for mark in ("<!", "<?"):
        if mark in kept:
            raise _unclosed(text, text.find(mark), file, f"« {mark} » n'est pas permis")
    if kept.count("<", kept.rfind(">") + 1):
        raise _unclosed(text, text.rfind("<"), file, "un élément « < » n'est pas fermé")


def _unclosed(text: str, place: int, file: str, what: str) -> BundleFault:
    line = text.count("\n", 0, place) + 1
    return BundleFault(file=file, cause=f"ligne {line}, {what}. Corrigez ce passage.")


class _Reader(HTMLParser):
    """Reads a template as a browser would, and stops at the first call."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.styled = False
        self.rows = 0
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge one element."""
        self.styled = tag == "style"
        if tag in _REFUSED:
            raise self._refused(f"l'élément « <{tag}> » n'est pas permis")
        self.rows += tag == "tr"
        self.depth += tag in _CLOSED
        if self.rows > _MOST_ROWS or self.depth > _MOST_DEPTH:
            raise self._too_large()
        for name, value in attrs:
            self._attribute(tag, name, (value or "").strip())

    def handle_endtag(self, tag: str) -> None:
        """Leave a style sheet, or come up one step."""
        self.styled = False
        self.depth -= tag in _CLOSED and self.depth > 0

    def handle_data(self, data: str) -> None:
        """Judge a style sheet."""
        if self.styled:
            self._style(data)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            raise self._refused(f"l'attribut « {name} » n'est pas permis")
        if name == "style":
            self._style(value)
        if name in _SPANS and value.isdecimal() and int(value[:9]) > _MOST_SPAN:
            raise self._refused(f"« {name} » vaut « {value[:12]} »")
        address = name in _ADDRESSES or (name == "href" and (tag != "a" or value.lower().startswith("file:")))
        if address and value and not value.lower().startswith(("data:", "#", "{{")):
            raise self._refused(f"« {name} » appelle « {value[:60]} »")
        if name == "rel" and "attachment" in value.lower():
            raise self._refused("une pièce jointe n'est pas permise")

    def _style(self, css: str) -> None:
        found = _CSS_CALL.search(css)
        if found:
            raise self._refused(f"le style appelle « {(found[1] or found[2]).strip()} »")

    def _refused(self, what: str) -> BundleFault:
        line, _ = self.getpos()
        return BundleFault(
            file=self.file,
            cause=f"ligne {line}, {what}. Retirez-le : rien d'extérieur n'est lu, une image se met dans le "
            "modèle (« data: »).",
        )

    def _too_large(self) -> BundleFault:
        line, _ = self.getpos()
        return BundleFault(
            file=self.file,
            cause=f"ligne {line}, ce modèle compte plus de {_MOST_ROWS} lignes de tableau ou imbrique plus "
            f"de {_MOST_DEPTH} éléments : il ne pourrait pas être mis en page. Allégez-le.",
        )
