"""The faults that we put in ourselves still fit what they are put into."""

import subprocess

import pytest

from tests.drills.injected import INJECTED, PATCHES, ROOT, Injected


@pytest.mark.parametrize("one", INJECTED, ids=lambda one: one.patch)
def test_patch_still_applies(one: Injected) -> None:
    subprocess.run(["git", "apply", "--check", str(one.file)], cwd=ROOT, check=True)


def test_every_patch_has_its_check() -> None:
    assert {one.file for one in INJECTED} == set(PATCHES.glob("*.patch"))
