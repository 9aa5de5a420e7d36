"""What can go wrong with a document, said to the person who waits for it."""

from app.errors import RelaisError


class DocumentFault(RelaisError):
    """A document cannot be laid out; ``cause`` is a French sentence that says what to change."""

    sentence_template = "Le document ne peut pas être produit : {cause}"
