"""What is struck out of texts when somebody leaves."""

from domain.taking_names_off import masked_in


def test_every_text_in_a_json_value_is_masked_and_nothing_else() -> None:
    kept = {"words": "找小李", "lines": ["小李说", {"by": "小李"}], "count": 3, "none": None, "小李": True}

    assert masked_in(kept, lambda text: text.replace("小李", "**")) == {
        "words": "找**",
        "lines": ["**说", {"by": "**"}],
        "count": 3,
        "none": None,
        "小李": True,
    }
