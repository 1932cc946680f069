"""Whether the disks that we write to have room, so that somebody hears of it before they are full."""

import shutil
from collections.abc import Iterable
from pathlib import Path

MEGABYTE = 1_000_000
# A week of photos of a large university, and time enough to do something about it.
ENOUGH = 1000 * MEGABYTE


def low_disks(folders: Iterable[Path], *, enough: int = ENOUGH) -> list[str]:
    """Name the disks that have too little room left, each once, in a sentence for whoever runs us.

    Args:
        folders: what lies on them; one that is not there yet stands for the folder it will be made in.
        enough: bytes.
    """
    free: dict[int, tuple[Path, int]] = {}
    for folder in folders:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())
        free.setdefault(there.stat().st_dev, (there, shutil.disk_usage(there).free))
    return [
        f"{there} 所在的磁盘只剩 {left // MEGABYTE} MB，请清理或扩容；满了以后新诉求和照片都存不下"
        for there, left in free.values()
        if left < enough
    ]
