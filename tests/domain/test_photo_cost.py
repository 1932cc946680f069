"""What the largest photos cost: each is cleaned in a process of its own, whose memory is read at the end."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from domain import photos
from tests.support.photo_files import heic, png

ROOT = Path(__file__).resolve().parents[2]
STATUS = Path("/proc/self/status")
# Prints the growth of the most memory used, in MB, the seconds of work, and the size of the picture.
_CLEAN = """
import re, sys, time
from pathlib import Path
from domain.photos import clean_photo
def most():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
data = Path(sys.argv[1]).read_bytes()
before, began = most(), time.process_time()
clean = clean_photo(data)
print(most() - before, time.process_time() - began, max(clean.width, clean.height))
"""


def phone_photo() -> bytes:
    """Make a JPEG of 100 million points and more than 10 MB, as a phone of today takes it."""
    tile = Image.effect_noise((500, 500), 14)
    whole = Image.new("L", (11600, 8700))
    for left in range(0, whole.width, 500):
        for top in range(0, whole.height, 500):
            whole.paste(tile, (left, top))
    output = BytesIO()
    whole.convert("RGB").save(output, "JPEG", quality=40)
    return output.getvalue()


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the most memory a process has used")
@pytest.mark.parametrize(
    ("make", "least_bytes", "most_megabytes"),
    [
        (phone_photo, 10_000_000, 120),
        (lambda: heic(9_000), 1, 380),
        (lambda: png(8_000, 5_000), 1, 300),
    ],
    ids=["JPEG of 100 million points", "HEIC of 40 million", "PNG of 40 million"],
)
def test_the_largest_photos_fit_into_a_known_memory(
    tmp_path: Path, make: Callable[[], bytes], least_bytes: int, most_megabytes: int
) -> None:
    data = make()
    assert least_bytes < len(data) <= photos.MAX_BYTES
    (tmp_path / "photo").write_bytes(data)
    call = [sys.executable, "-c", _CLEAN, str(tmp_path / "photo")]
    answer = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    megabytes, seconds, longest = int(answer[0]), float(answer[1]), int(answer[2])
    assert longest == photos.LONGEST_SIDE
    assert 0 < megabytes < most_megabytes, answer
    assert seconds < 6, answer
