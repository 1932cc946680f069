"""The matrix of faults is whole, and its short form leaves no part and no fault out."""

import pytest

from tests.drills.fault_cases import PARTS, all_cases, case_named, short_cases
from tests.drills.fault_components import Fault


def test_matrix_holds_each_part_alone_and_each_pair_with_every_fault() -> None:
    cases = [case.name for case in all_cases(PARTS)]
    assert (len(cases), len(set(cases))) == (4 * 3 + 6 * 9, 4 * 3 + 6 * 9)
    assert case_named("web:kill+database:pause").name in cases


@pytest.mark.parametrize("parts", [PARTS[:3], PARTS])
def test_short_form_strikes_each_part_and_each_pair(parts: tuple[str, ...]) -> None:
    cases = short_cases(parts)
    assert {part for case in cases for part, _ in case.faults} == set(parts)
    assert {fault for case in cases for _, fault in case.faults} == set(Fault)
    pairs = {tuple(part for part, _ in case.faults) for case in cases if len(case.faults) == 2}
    assert len(pairs) == len(parts) * (len(parts) - 1) // 2


def test_whole_stop_is_waited_for_and_no_longer_than_needed_for_the_rest() -> None:
    lasting = {name: case_named(name).seconds(60) for name in ("web:kill", "web:slow+worker:pause")}
    assert lasting == {"web:kill": 20, "web:slow+worker:pause": 60}
    assert case_named("web:kill").seconds(8) == 8


def test_unknown_case_is_refused() -> None:
    with pytest.raises(ValueError, match="'moon' is none of web"):
        case_named("moon:kill")
    with pytest.raises(ValueError, match="melt"):
        case_named("web:melt")
