"""A household of Saint-Nazaire walked through CARENE's route in a browser, one person after another."""

import io
import re
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from app import clock
from tests.browser.live import Live
from tests.browser.people import Visitor

STARTED: Final = datetime(2026, 3, 2, 9, 0, tzinfo=clock.PARIS)
"""A Monday morning."""
REVIEW: Final = datetime(2026, 4, 15, 8, 0, tzinfo=clock.PARIS)
"""The quarter after the anchor of CARENE's calendar (15 January 2026)."""

ECORENOVE: Final = "yann.lebihan@exemple.invalid"
SOCIAL: Final = "claire.martin@exemple.invalid"
TECHNICIAN: Final = "samir.haddad@exemple.invalid"
POLE: Final = "helene.riou@exemple.invalid"
ADMIN: Final = "paul.guerin@exemple.invalid"

ALERT: Final[dict[str, Any]] = {
    "origine": "ccas",
    "donneur_nom": "Jeanne Rio",
    "donneur_structure": "CCAS de Saint-Nazaire",
    "donneur_courriel": "jeanne.rio@exemple.invalid",
    "civilite": "mme",
    "nom": "Le Goff",
    "prenom": "Éléa",
    "telephone": "02 61 91 03 27",
    "adresse": {"voie": "12 rue de la Paix", "commune": "44184"},
    "information_donnee": ["oui"],
    "accord": "obtenu",
    "accord_date": "2026-02-27",
    "accord_mode": "oral",
    "accord_perimetre": ["technique", "social", "juridique"],
    "statut": "locataire_prive",
    "bailleur": "M. Aubin",
    "dpe": "G",
    "personnes": "3",
    "ressources_mois": "1450,50",
    "depense_energie_mois": "145",
    "sante_fragile": False,
    "indices": ["froid", "humidite"],
    "commentaire": "Le salon n'est pas chauffé.",
}
VISITED: Final[dict[str, Any]] = {
    "issue": "realisee",
    "duree": "75",
    "moisissures": "localisees",
    "securite": ["gaz"],
    "consigne": "17",
    "composition": "Une adulte et deux enfants",
    "gestes": ["aerer", "dix_neuf", "volets"],
    "guide_remis": True,
    "pistes_rapides": "Joints de fenêtre au salon, purge des radiateurs.",
    "pistes_durables": "Isolation des murs et ventilation.",
    "indecence": True,
}
PARTNERS: Final[tuple[dict[str, Any], ...]] = (
    {"genre": "adil", "domaine": "juridique", "motif": "Faire valoir la décence du logement."},
    {"genre": "caf", "domaine": "financier", "motif": "Vérifier l'aide au logement."},
    {"genre": "ccas", "domaine": "social", "motif": "Aide d'urgence pour la facture."},
    {"genre": "mar", "domaine": "technique", "motif": "Accompagner un projet de travaux."},
)
SHARED: Final = ("signalement.nom", "signalement.telephone", "signalement.adresse")
NAMES: Final = {
    "adil": "ADIL de Loire-Atlantique",
    "caf": "CAF de Loire-Atlantique",
    "ccas": "CCAS de Saint-Nazaire",
    "mar": "Soliha Pays de la Loire, Mon Accompagnateur Rénov'",
}


def a_photo(folder: Path) -> Path:
    """Write a photo as a telephone makes it."""
    path = folder / "moisissure.jpg"
    picture = Image.new("RGB", (1200, 900), "#6b7a70")
    picture.save(path, quality=80)
    return path


def pages_of(pdf: bytes) -> int:
    """Count the pages of a document."""
    return len(PdfReader(io.BytesIO(pdf)).pages)


class Walk:
    """The route of one household, and the people on it; ``looks`` judges and pictures each page."""

    def __init__(
        self, live: Live, browser: Browser, folder: Path, shots: Path | None, *, looks: bool
    ) -> None:
        self.live, self.browser, self.folder = live, browser, folder
        self.shots, self.looks = shots, looks
        self.reference = self.code = ""
        self._number = 0
        self._seen: set[str] = set()
        self._here: dict[str, Visitor] = {}

    def someone(self) -> Visitor:
        """Return a visitor without an account."""
        return self._here.setdefault("", Visitor(self.browser, self.live.url, shots=self.shots))

    def who(self, email: str) -> Visitor:
        """Return a person who has entered."""
        if email not in self._here:
            self._here[email] = Visitor(self.browser, self.live.url, shots=self.shots)
            self._here[email].enter(email)
        return self._here[email]

    def look(self, visitor: Visitor, name: str, *titled: str) -> None:
        """Judge a page when this walk judges, the first time that it comes."""
        if self.looks and name not in self._seen:
            self._seen.add(name)
            self._number += 1
            visitor.look(f"{self._number:02}-{name}", *titled)

    def leave(self) -> None:
        """Close every browser."""
        for visitor in self._here.values():
            visitor.leave()

    @cached_property
    def photo(self) -> Path:
        """A photo to attach."""
        return a_photo(self.folder)

    # Alert and analysis

    def alert(self) -> None:
        """Somebody without an account tells of a household; a code and a reference come back."""
        visitor = self.someone()
        visitor.go("/")
        self.look(visitor, "accueil")
        visitor.go("/t/carene/signaler")
        self.look(visitor, "signaler", "Signaler un ménage")
        visitor.fill(ALERT)
        visitor.send("Envoyer le signalement")
        visitor.sees("Votre signalement est envoyé")
        shown = visitor.page.locator("main").inner_text()
        self.code = _found(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b", shown)
        self.reference = _found(r"\bDOS-\d{4}-\d{4}\b", shown)
        self.look(visitor, "signalement-envoye", self.reference)
        self.live.pump()

    def follow(self, words: str, *, name: str) -> None:
        """Ask where the alert stands, with the code."""
        visitor = self.someone()
        visitor.go("/t/carene/suivi")
        visitor.page.get_by_label("Code de suivi").fill(self.code.lower().replace("-", " "))
        visitor.send("Voir où il en est")
        visitor.sees(words)
        self.look(visitor, name, "Suivre un signalement")

    def analyse(self) -> None:
        """ÉCORÉNOVE reads the priority that a table proposed, and confirms it."""
        visitor = self.who(ECORENOVE)
        self.look(visitor, "corbeille", "Corbeille")
        visitor.open_task("Analyser le signalement", of=self.reference)
        aside = visitor.page.get_by_role("complementary")
        expect(aside.get_by_text("Priorité : P3").first).to_be_visible()
        expect(aside.get_by_text(re.compile("Règle.*, version 1")).first).to_be_visible()
        self.look(visitor, "analyser", "Analyser le signalement", self.reference)
        visitor.fill({"doublon": False, "dans_champ": True, "prestation": "visite"})
        visitor.send("Transmettre l'analyse")
        visitor.sees("« Analyser le signalement » est fait.")

    # Visit and diagnosis

    def book(self, days: int = 8) -> None:
        """The coordinator books a visit, and the days go by."""
        visitor = self.who(SOCIAL)
        visitor.open_task("Prendre rendez-vous", of=self.reference)
        expect(visitor.page.get_by_text(re.compile(r"Règle \d+, version 1")).first).to_be_visible()
        self.look(visitor, "rendez-vous", "Prendre rendez-vous", self.reference)
        day = self._today() + timedelta(days=days)
        visitor.fill({"issue": "fixe", "date": day.isoformat(), "heure": "14 h 30"})
        visitor.send("Confirmer le rendez-vous")
        visitor.sees("« Prendre rendez-vous » est fait.")
        self.live.pass_days(days)

    def find_nobody(self) -> None:
        """The technician rings in vain; the visit goes back to be booked."""
        visitor = self.who(TECHNICIAN)
        visitor.open_task("Réaliser la visite", of=self.reference)
        visitor.fill({"issue": "absent", "date": self._today().isoformat(), "avis_passage": True})
        self.look(visitor, "visite-absent", "Réaliser la visite", self.reference)
        visitor.send("Enregistrer la visite")
        visitor.sees("« Réaliser la visite » est fait.")

    def visit(self) -> None:
        """The technician visits, with rows of tables and a photo."""
        visitor = self.who(TECHNICIAN)
        visitor.open_task("Réaliser la visite", of=self.reference)
        visitor.fill({**VISITED, "date": self._today().isoformat(), "photos": self.photo})
        visitor.add_row("mesures")
        visitor.fill({"piece": "Salon", "temperature": "14,5", "humidite": "78"}, prefix="mesures.0.")
        self.look(visitor, "visite", "Réaliser la visite", self.reference)
        visitor.send("Enregistrer la visite")
        visitor.sees("« Réaliser la visite » est fait.")
        self.live.pump()

    def diagnose(self, synthesis: str) -> None:
        """The technician writes the diagnosis; what the visit said is there already."""
        visitor = self.who(TECHNICIAN)
        visitor.open_task("Établir le diagnostic", of=self.reference)
        expect(visitor.page.locator('[name="pistes_rapides"]')).to_have_value(VISITED["pistes_rapides"])
        visitor.fill({"synthese": synthesis, "causes": ["bati", "ventilation"], "indecence": True})
        again = visitor.page.get_by_text("À compléter, d'après le coordonnateur").is_visible()
        self.look(
            visitor, "diagnostic-renvoye" if again else "diagnostic", "Établir le diagnostic", self.reference
        )
        visitor.send("Soumettre au travailleur social")
        visitor.sees("« Établir le diagnostic » est fait.")

    def validate(self, *, missing: str | None = None) -> None:
        """The social worker sends the diagnosis back, or validates it."""
        visitor = self.who(SOCIAL)
        visitor.open_task("Valider le diagnostic", of=self.reference)
        if missing is None:
            visitor.fill(
                {
                    "complet": True,
                    "avis_social": "Budget tendu, famille demandeuse.",
                    "echange_technicien": True,
                }
            )
        else:
            visitor.fill({"complet": False, "a_completer": missing})
        self.look(
            visitor,
            "valider" if missing is None else "valider-renvoi",
            "Valider le diagnostic",
            self.reference,
        )
        visitor.send("Rendre l'avis sur le diagnostic")
        visitor.sees("« Valider le diagnostic » est fait.")

    # Partners

    def orient(self) -> None:
        """The social worker asks four partners, and ticks what each is told."""
        visitor = self.who(SOCIAL)
        if not visitor.page.get_by_role("heading", level=1, name="Décider des orientations").is_visible():
            visitor.open_task("Décider des orientations", of=self.reference)
        for number, partner in enumerate(PARTNERS):
            if not visitor.page.locator(f'[name="lignes.{number}.motif"]').count():
                visitor.add_row("lignes")
            row = {**partner, "champs_partages": list(SHARED), "accord": True}
            visitor.fill(row, prefix=f"lignes.{number}.")
        self.look(visitor, "orienter", "Décider des orientations", self.reference)
        visitor.send("Solliciter les partenaires")
        visitor.sees("« Décider des orientations » est fait.")
        self.live.pump()

    def link_of(self, kind: str) -> str:
        """Return the personal link that a partner was sent."""
        (body, *_) = self.live.mail_to(NAMES[kind])
        return _found(r"http://127\.0\.0\.1:\d+/o/\S+", body)

    def partner_answers(self, kind: str, *, accepts: bool) -> None:
        """A partner answers by the link of its mail, without an account."""
        visitor = self.someone()
        visitor.go(self.link_of(kind))
        visitor.sees("Le Goff")
        answers = {"acceptee": accepts} | ({} if accepts else {"motif_refus": "deja_suivi"})
        visitor.fill(answers)
        self.look(
            visitor,
            f"partenaire-{'accepte' if accepts else 'refuse'}",
            "Répondre à la demande",
            self.reference,
        )
        visitor.send("Envoyer la réponse")
        visitor.sees("Votre réponse est envoyée")
        self.look(visitor, "partenaire-merci")
        self.live.pump()

    def partner_tells(self, kind: str, result: str) -> None:
        """A partner gives its result by the same link."""
        visitor = self.someone()
        visitor.go(self.link_of(kind))
        visitor.fill({"statut": "realisee", "resultat": result, "date": self._today().isoformat()})
        self.look(visitor, "resultat", "Donner le résultat", self.reference)
        visitor.send("Transmettre le résultat")
        visitor.sees("Votre réponse est envoyée")
        self.live.pump()

    # Review and closure

    def hold_review(self, decision: str) -> None:
        """The pôle meets at its date, with an agenda, decides, and keeps minutes."""
        self.live.travel(REVIEW)
        visitor = self.who(POLE)
        visitor.go("/t/carene/revues")
        self.look(visitor, "revue", "Revue")
        visitor.page.get_by_role("link", name="Tenir la séance").first.click()
        visitor.sees("Ordre du jour, tenue de la séance")
        agenda = visitor.page.url
        visitor.page.get_by_role("link", name="Tenir la séance").first.click()
        visitor.sees("1 sur 1")
        visitor.fill({"decision": decision, "commentaire": "Les partenaires ont répondu."})
        self.look(visitor, "tenir-la-revue", self.reference)
        visitor.send("Enregistrer et continuer")
        visitor.fill({"date": self._today().isoformat()})
        visitor.send("Clore la séance")
        visitor.sees("La séance est close")
        self.live.pump()
        visitor.go(agenda)
        self.look(visitor, "revue-tenue", "Revue")

    def close(self) -> None:
        """The social worker closes with the household."""
        visitor = self.who(SOCIAL)
        visitor.open_task("Clôturer avec le ménage", of=self.reference)
        visitor.fill(
            {
                "motif": "reglee",
                "ameliorations": ["confort", "droits"],
                "materiel": "en_place",
                "gestes": "en_partie",
                "satisfaction": "satisfait",
                "date": self._today().isoformat(),
            }
        )
        self.look(visitor, "cloturer", "Clôturer avec le ménage", self.reference)
        visitor.send("Clôturer le dossier")
        visitor.sees("« Clôturer avec le ménage » est fait.")
        self.live.pump()

    def look_around(self) -> None:
        """Each role opens the pages that are not steps of the route."""
        for email, pages in (
            ("", ("/demo/messages", "/aide", "/accessibilite")),
            (POLE, ("/t/carene/retards", "/t/carene/supervision", "/t/carene/partenaires")),
            (SOCIAL, ("/t/carene/", "/t/carene/dossiers?etat=all")),
            (ADMIN, ("/t/carene/versions",)),
        ):
            visitor = self.who(email) if email else self.someone()
            for path in pages:
                answer = visitor.go(path)
                assert answer.status == 200, path
                name = re.sub(r"[^a-z]+", "-", path.removeprefix("/t/carene")).strip("-") or "corbeille"
                self.look(visitor, name)

    def case_file(self, email: str, name: str) -> Visitor:
        """Open the case as somebody sees it."""
        visitor = self.who(email)
        visitor.go(f"/t/carene/dossiers/{self.reference}")
        self.look(visitor, name, "Le Goff", self.reference)
        return visitor

    def documents(self, visitor: Visitor, prefix: str) -> dict[str, bytes]:
        """Open every document that the page links to, keep it, and return each by its title."""
        found: dict[str, bytes] = {}
        for link in visitor.page.get_by_role("link", name="(PDF)").all():
            address, title = link.get_attribute("href") or "", link.inner_text()
            answer = visitor.page.request.get(f"{self.live.url}{address}")
            assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf"), title
            found[f"{title} {len(found)}"] = answer.body()
            if self.shots is not None:
                (self.shots / f"document-{prefix}-{len(found):02}.pdf").write_bytes(answer.body())
        return found

    def _today(self) -> date:
        return clock.today()


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, f"{pattern} : {text[:300]}"
    return match[0]
