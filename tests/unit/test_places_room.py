"""The places of a quota, whatever is asked: never more than there are, parts kept, order kept (AST-2)."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.handlers.places import Room
from app.models import QuotaPlace

OPERATORS = (None, UUID(int=1), UUID(int=2), UUID(int=3))
PARTS = st.dictionaries(st.sampled_from(OPERATORS[1:]), st.integers(0, 6))
ASKED = st.lists(st.tuples(st.sampled_from(OPERATORS), st.booleans()), max_size=40)


def a_room(total, parts):
    return Room(total, {key: count for key, count in parts.items() if key is not None})


@given(st.integers(0, 15), PARTS, ASKED)
def test_no_more_places_are_held_than_there_are_and_each_part_can_be_filled(total, parts, asked):
    room = a_room(total, parts)
    for partner, comes in asked:
        free = room.free(partner)
        if comes:
            assert room.take(partner) is (free > 0)
        elif room.held.get(partner, 0):
            room.leave(partner)
        assert 0 <= room.used <= total
        if sum(room.parts.values()) <= total:
            for key, count in room.parts.items():
                assert room.free(key) >= count - room.held.get(key, 0)


@given(st.integers(0, 8), PARTS, st.lists(st.sampled_from(OPERATORS), max_size=12))
def test_the_waiting_list_is_served_in_order_and_nobody_left_could_have_a_place(total, parts, queue):
    waiting = [QuotaPlace(rank=number, partner_id=partner) for number, partner in enumerate(queue)]
    room = a_room(total, parts)
    served = list(room.serve(waiting))
    assert [place.rank for place in served] == sorted(place.rank for place in served)
    left = [place for place in waiting if place not in served]
    assert not any(room.free(place.partner_id) for place in left)
    for place in left:  # whoever was passed over could have nothing: nobody after it of its own operator was
        assert not any(one.rank > place.rank and one.partner_id == place.partner_id for one in served)
