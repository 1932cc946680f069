"""Wild values for fields: numbers that are none, days that never were, texts too long or too odd."""

from hypothesis import strategies as st

from tests.drills.fuzz.pieces import words_for

_LONG = ["9" * 400, "👍" * 300, "字" * 12_000]
WILD_TEXT = st.one_of(
    st.sampled_from([*words_for("wild"), *_LONG]),
    st.text(max_size=40),
    st.integers().map(str),
    st.dates().map(str),
)
WILD_FIELD = st.one_of(WILD_TEXT, st.lists(WILD_TEXT, max_size=3))
WILD_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WILD_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WILD_TEXT, inner, max_size=3)),
    max_leaves=6,
)
