"""Why a sheet cannot be read: each says what is wrong with the file and what to do about it."""

from app.errors import RelaisError


class SheetRefused(RelaisError):
    """A file cannot be read as a table."""

    sentence_template = "« {name} » ne peut pas être lu. Enregistrez-le de nouveau en .xlsx ou en .csv."


class NotASheet(SheetRefused):
    """Neither a csv nor a workbook by its content, or a broken one; ``cause`` says which."""

    sentence_template = "« {name} » ne peut pas être lu : {cause}"


class FileTooLarge(SheetRefused):
    """More bytes than a table of people needs, or an archive that swells."""

    sentence_template = (
        "« {name} » est trop gros : le tableau déplié ne doit pas dépasser {most} Mo. "
        "Ne gardez que la feuille et les colonnes utiles, ou envoyez-le en plusieurs fichiers."
    )


class NoTable(SheetRefused):
    """Nothing in it: no heading."""

    sentence_template = (
        "« {name} » est vide. La première ligne doit porter le nom des colonnes, une ligne par adresse "
        "ou par situation ensuite."
    )


class TwoColumns(SheetRefused):
    """Two columns of one name: nobody could say which is meant."""

    sentence_template = (
        "« {name} », ligne {line} : deux colonnes s'appellent « {title} ». Renommez l'une des deux."
    )


class TooManyColumns(SheetRefused):
    """Wider than a table of people."""

    sentence_template = "« {name} » a plus de {most} colonnes. Ne gardez que celles qui servent."


class TooManyRows(SheetRefused):
    """Longer than what is taken at once."""

    sentence_template = "« {name} » a plus de {most} lignes. Envoyez-le en plusieurs fichiers."


class CellTooLong(SheetRefused):
    """A cell longer than a spreadsheet's own bound: often a quotation mark that is never closed."""

    sentence_template = (
        "« {name} », ligne {line} : une cellule dépasse {most} caractères. "
        "Vérifiez qu'un guillemet ouvert y est bien refermé."
    )


class WithoutResult(SheetRefused):
    """A formula whose result was never stored: reading it would be guessing."""

    sentence_template = (
        "« {name} », cellule {cell} : cette formule n'a pas de résultat enregistré. Ouvrez le fichier dans "
        "votre tableur, enregistrez-le, puis renvoyez-le ; ou remplacez la formule par sa valeur."
    )
