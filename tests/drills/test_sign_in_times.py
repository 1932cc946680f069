"""The measure of the drill tells times apart that differ, and does not where they do not."""

import random

from tests.drills.sign_in_times import TELLTALE, ranked


def test_a_thousandth_of_a_second_is_seen_among_the_noise_and_noise_alone_is_not() -> None:
    chance = random.Random(4)
    noise = [0.06 + chance.gauss(0, 0.001) for _ in range(100)]
    same = [0.06 + chance.gauss(0, 0.001) for _ in range(100)]
    later = [seconds + 0.001 for seconds in same]

    assert ranked(noise, same) < TELLTALE < ranked(noise, later)
    assert ranked(noise, noise) == 0
