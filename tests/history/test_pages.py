"""Cursors: opaque, of one series, and never an error that is not a plain no."""

from hypothesis import given
from hypothesis import strategies as st

from openoutcry.history.pages import Series, cursor_of, page_of, position_of

SERIES = st.sampled_from(Series)


@given(SERIES, st.integers(0, 10**18 - 1))
def test_a_cursor_leads_back_to_its_position(series, position):
    assert position_of(series, cursor_of(series, position)) == position


@given(SERIES, SERIES, st.integers(0, 10**18 - 1))
def test_a_cursor_of_another_series_is_none(series, other, position):
    found = position_of(other, cursor_of(series, position))
    assert found == (position if series is other else None)


@given(SERIES, st.text() | st.text("ABCDEFabcdef0123456789-_=", max_size=70))
def test_any_other_text_is_no_cursor(series, text):
    position = position_of(series, text)
    assert position is None or cursor_of(series, position) == text


def test_the_last_page_has_no_next():
    found = [(9, "c"), (5, "b"), (2, "a")]
    page = page_of(Series.FILLS, found, 2, 7)
    assert page.items == ["c", "b"]
    assert position_of(Series.FILLS, page.next) == 5
    assert page_of(Series.FILLS, found, 3, 7) == (["c", "b", "a"], None, 7)
    assert page_of(Series.FILLS, [], 3, 7) == ([], None, 7)
