"""Plausible French answers for simulated households: names, streets, sentences. Nobody real."""

import random

from app.catalog.fields import Field

_GIVEN = (
    "Amina",
    "Bernard",
    "Chantal",
    "Denis",
    "Élodie",
    "Fatou",
    "Gilles",
    "Hélène",
    "Ibrahim",
    "Jeanne",
    "Kevin",
    "Louise",
    "Moussa",
    "Nadège",
    "Océane",
    "Pierrick",
    "Rozenn",
    "Soizic",
    "Tanguy",
    "Yann",
)
_FAMILY = (
    "Audrain",
    "Bécu",
    "Cadoret",
    "Diallo",
    "Évain",
    "Fohanno",
    "Guihard",
    "Halgand",
    "Jouan",
    "Kerbrat",
    "Lebrun",
    "Mahé",
    "Nicol",
    "Ollivaud",
    "Péreira",
    "Quélen",
    "Rouaud",
    "Sarr",
    "Thoby",
    "Vince",
)
_STREETS = (
    "rue de la Paix",
    "rue des Frères Pereire",
    "avenue de la République",
    "boulevard Gambetta",
    "allée des Chênes",
    "rue du Croisic",
    "chemin du Marais",
    "place de la Mairie",
    "impasse des Iris",
)
_SENTENCES = (
    "Le séjour reste froid malgré le chauffage.",
    "Les fenêtres laissent passer l'air.",
    "Le ménage ne chauffe qu'une pièce.",
    "La facture d'hiver a doublé en deux ans.",
    "Des traces d'humidité sont visibles dans la chambre.",
    "Une visite en fin de journée convient mieux.",
    "Le bailleur a été prévenu par courrier.",
    "Le chauffe-eau est ancien.",
)
_BY_KEY = (
    ("piece", ("Séjour", "Cuisine", "Chambre", "Salle d'eau")),
    ("structure", ("Association de quartier", "Service logement", "Centre social")),
    ("fonction", ("Assistante sociale", "Conseiller logement", "Aide à domicile")),
    ("creancier", ("Fournisseur d'électricité", "Fournisseur de gaz", "Bailleur")),
    ("fournisseur", ("Fournisseur d'électricité", "Fournisseur de gaz")),
    ("bailleur", ("Bailleur social", "Propriétaire privé")),
    ("reference", ("REF-1042", "REF-2217", "REF-3980")),
    ("interlocuteur", ("Accueil du service", "Référente du secteur")),
)


def full_name(rng: random.Random) -> str:
    """Return a given name and a family name."""
    return f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}"


def street(rng: random.Random) -> str:
    """Return a number and a street."""
    return f"{rng.randint(1, 120)} {rng.choice(_STREETS)}"


def paragraph(rng: random.Random) -> str:
    """Return one to three sentences."""
    return " ".join(rng.sample(_SENTENCES, rng.randint(1, 3)))


def email(rng: random.Random) -> str:
    """Return an address in a domain that cannot exist."""
    return f"personne{rng.randint(1, 9999)}@exemple.invalid"


def telephone(rng: random.Random) -> str:
    """Return a number of the range that the regulator keeps for fiction (02 61 91 00 00 to 99 99)."""
    return f"02 61 91 {rng.randint(0, 99):02d} {rng.randint(0, 99):02d}"


def line(field: Field, rng: random.Random) -> str:
    """Return a short text that suits the field's key."""
    values = field.simulation.get("valeurs")
    if isinstance(values, list) and values:
        return str(rng.choice(values))
    key = field.key
    if "prenom" in key:
        return rng.choice(_GIVEN)
    if key in {"nom", "nom_menage", "nom_famille"} or key.endswith("_nom"):
        return rng.choice(_FAMILY)
    if "voie" in key or "adresse" in key:
        return street(rng)
    for word, texts in _BY_KEY:
        if word in key:
            return rng.choice(texts)
    return rng.choice(_SENTENCES)
