"""Outlines of communes come from a file that is checked, and speak of this territory alone (LAW-8)."""

import json

import pytest

from app.documents.choropleth import bounds, choropleth, legend, shade
from app.errors import Forbidden
from app.services import outlines, pilotage
from app.services.outlines import BadOutlines, import_geojson, simplified
from tests import build

SQUARE = [[-2.3, 47.2], [-2.2, 47.2], [-2.2, 47.3], [-2.3, 47.3], [-2.3, 47.2]]


def a_feature(code: object = build.BESNE, rings: object = None, kind: str = "Polygon", **more: object):
    coordinates = [SQUARE] if rings is None else rings
    return {
        "type": "Feature",
        "properties": {"code": code, "nom": "<script>alert(1)</script>", **more},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def a_file(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def admin(carene):
    return build.an_actor("administration")


def test_only_communes_of_the_territory_are_kept_with_the_names_of_its_settings(admin):
    done = import_geojson(
        a_file(
            a_feature(),
            a_feature("75056"),
            a_feature(None),
            a_feature(build.SAINT_NAZAIRE, [[SQUARE]], "MultiPolygon"),
        ),
        admin,
    )
    assert (done.kept, done.ignored, len(done.missing)) == (2, 2, 8)
    shapes = outlines.shapes()
    assert set(shapes) == {build.BESNE, build.SAINT_NAZAIRE}
    import_geojson(a_file(a_feature()), admin)  # the next file replaces the one before
    assert set(outlines.shapes()) == {build.BESNE}
    assert [line.action for line in build.the_journal()].count("carte.importee") == 2
    outlines.remove(admin)
    assert outlines.shapes() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "GeoJSON"),
        (b"\xff\xfe", "GeoJSON"),
        (b"[" * 100_000, "GeoJSON"),
        (b'{"type": "Topology"}', "FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {}}', "FeatureCollection"),
        (a_file("texte"), "n° 1 n'a pas de propriétés"),
        (a_file(a_feature(kind="Point", rings=[1, 2])), "n'est pas une surface"),
        (a_file(a_feature(kind="GeometryCollection")), "n'est pas une surface"),
        (a_file({**a_feature(), "geometry": None}), "n'est pas une surface"),
        (a_file(a_feature(rings=[])), "vide"),
        (a_file(a_feature(rings=[[]])), "vide"),
        (a_file(a_feature(rings=[SQUARE[:2]])), "vide"),
        (a_file(a_feature(rings=[[[305_000, 6_700_000]] * 5])), "degrés"),
        (a_file(a_feature(rings=[[["x", "y"]] * 5])), "degrés"),
        (a_file(a_feature(rings=[[[True, False]] * 5])), "degrés"),
        (a_file(a_feature()).replace(b"47.2", b"NaN"), "GeoJSON"),
        (a_file(a_feature("75056")), "Aucune commune de ce territoire"),
        (b" " * (outlines.MOST_BYTES + 1), "12 Mo"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_with_what_to_do(admin, content, said):
    with pytest.raises(BadOutlines) as told:
        import_geojson(content, admin)
    assert said in told.value.sentence
    assert outlines.shapes() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_an_administrator_changes_the_map(carene):
    for act in (lambda who: import_geojson(a_file(a_feature()), who), outlines.remove):
        with pytest.raises(Forbidden):
            act(build.an_actor("coordinatrice_pole"))


def test_a_ring_keeps_its_shape_and_loses_the_points_that_nobody_sees():
    line = [(-2.3 + step / 10_000, 47.2) for step in range(1000)]
    ring = [*line, (-2.2, 47.3), (-2.3, 47.3), (-2.3, 47.2)]
    kept = simplified(ring)
    assert kept[0] == kept[-1] and len(kept) < 8
    assert {(-2.2, 47.3), (-2.3, 47.3)} <= set(kept)


def test_a_map_says_each_commune_and_never_what_the_file_wrote():
    counts = {build.BESNE: 3, build.SAINT_NAZAIRE: 12}
    names = {build.BESNE: "Besné", build.SAINT_NAZAIRE: "<b>Saint-Nazaire</b>"}
    square = [[(float(x), float(y)) for x, y in SQUARE]]
    drawn = str(choropleth({build.BESNE: square, build.SAINT_NAZAIRE: square}, names, counts, "Dossiers"))
    assert "Besné : 3" in drawn and "&lt;b&gt;Saint-Nazaire&lt;/b&gt; : 12" in drawn
    assert "script" not in drawn and "style=" not in drawn
    assert choropleth({}, {}, {}, "Rien") == ""


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([], []), ([0, 0], []), ([1, 1, 3], [1, 3]), ([1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 5, 7])],
)
def test_shades_follow_the_counts_that_there_are(counts, expected):
    limits = bounds(counts)
    assert limits == expected
    assert [shade(count, limits) for count in counts] == [
        sum(count >= low for low in limits) for count in counts
    ]
    assert len(legend(limits)) == len(limits) + 1


def test_steering_counts_deadlines_ages_season_and_places(carene):
    build.a_case("prendre_rendez_vous")
    build.a_case("analyser_signalement")
    now = pilotage.overview(build.an_actor("coordinatrice_pole"))
    assert now.kept[-1].due == now.kept[-1].kept >= 1
    assert [step.name for step in now.steps] == ["Analyser le signalement"]
    assert now.ages == (2, 0, 0, 0)
    assert now.season[2026][2] == 2 and now.season[2026][3] is None and now.season[2025][2] == 0
    assert now.places == {build.SAINT_NAZAIRE: (2, 2)}
    assert now.verdicts[0].state in {"tient", "surveiller", "derive"}
    with pytest.raises(Forbidden):
        pilotage.overview(build.an_actor("travailleur_social"))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_step_done_late_is_a_drift_told_first(carene):
    build.a_case("analyser_signalement")
    with build.later(days=60):
        build.complete(
            "analyser_signalement", prestation="visite", doublon=False, dans_champ=True, priorite="P2"
        )
        now = pilotage.overview(build.an_actor("coordinatrice_pole"))
    assert now.verdicts[0].state == "derive"
    assert "L'objectif est de 80 %" in now.verdicts[0].sentence
