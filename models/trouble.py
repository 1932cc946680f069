"""What is wrong around us when the database or a disk refuses: told apart, with what to do about it."""

import errno
import re
from enum import Enum

from sqlalchemy.exc import DataError, DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class Trouble(Enum):
    """One kind of trouble, with words for whoever reads the log."""

    DISK_FULL = (
        "磁盘满了",
        "用 df -h 看哪个磁盘满了，清理或扩容（数据库和 UPLOAD_DIR 所在的磁盘）；有空间后自动恢复，不用重启",
    )
    READ_ONLY = (
        "不能写入",
        "看磁盘是否变成只读（mount、dmesg）、数据库是否切到了只读的备机、文件夹权限是否改过；恢复后自动继续",
    )
    BUSY = (
        "数据库被占用",
        "多半几秒后自己恢复；一直这样就看谁长时间占着数据库（备份以外的程序、没有结束的事务）",
    )
    CROWDED = (
        "数据库连接用完",
        "减少网页进程，或调大 PostgreSQL 的 max_connections（每个网页进程 20 个，每个后台进程约 45 个）",
    )
    GONE = ("连不上数据库", "看数据库是否在运行、网络是否通；数据库回来后自动恢复，不用重启")
    BROKEN = (
        "磁盘或数据库文件读写出错",
        "看 df -h 是否满了、dmesg 有没有磁盘错误；备好最近的备份，SQLite 可运行 PRAGMA integrity_check",
    )
    FILES = (
        "连不上文件存储",
        "看对象存储（S3_ENDPOINT）和网络，python app.py check-config 会写明问题；恢复后自动继续，不用重启",
    )
    UNKNOWN = ("数据库拒绝执行", "看同一行的 error；结构不对时运行 python app.py migrate")

    @property
    def label(self) -> str:
        """What it is, in a few words."""
        return self.value[0]

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.value[1]


class FilesAway(OSError):
    """The store of files does not answer, or refuses us; raised where it is another machine's.

    Args:
        words: a Chinese sentence for whoever runs us.
    """

    def __init__(self, words: str) -> None:
        super().__init__(errno.EIO, words)


# Primary result codes: https://www.sqlite.org/rescode.html
_OF_SQLITE = {
    4: Trouble.BROKEN,
    5: Trouble.BUSY,
    6: Trouble.BUSY,
    8: Trouble.READ_ONLY,
    10: Trouble.BROKEN,
    11: Trouble.BROKEN,
    13: Trouble.DISK_FULL,
    14: Trouble.READ_ONLY,
    26: Trouble.BROKEN,
}
# Classes and single codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_POSTGRESQL = {
    "08": Trouble.GONE,
    "25006": Trouble.READ_ONLY,
    "40P01": Trouble.BUSY,
    "53100": Trouble.DISK_FULL,
    "53300": Trouble.CROWDED,
    "55P03": Trouble.BUSY,
    "57": Trouble.GONE,
    "58": Trouble.BROKEN,
    "XX": Trouble.BROKEN,
}
# What the server says before it gives states.
_NO_CONNECTION_LEFT = re.compile("too many clients|too many connections|remaining connection slots")
_OF_SYSTEM = {
    errno.ENOSPC: Trouble.DISK_FULL,
    errno.EDQUOT: Trouble.DISK_FULL,
    errno.EFBIG: Trouble.DISK_FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.EIO: Trouble.BROKEN,
}


def is_unheld(error: BaseException) -> bool:
    """Tell whether the driver itself refused what no text of PostgreSQL may hold, such as a NUL."""
    return isinstance(error, DataError) and getattr(error.orig, "sqlstate", "") is None


def trouble_of(error: BaseException) -> Trouble | None:
    """Tell what trouble made this error; None when the program itself is at fault."""
    if isinstance(error, PoolTimeout):
        return Trouble.CROWDED
    if isinstance(error, PendingRollbackError):  # somebody went on after the connection had died
        return Trouble.GONE
    if isinstance(error, FilesAway):
        return Trouble.FILES
    if isinstance(error, OSError):
        return _OF_SYSTEM.get(error.errno or 0)
    return _of_database(error) if isinstance(error, DBAPIError) else None


def _of_database(error: DBAPIError) -> Trouble | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    found = (
        _OF_SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        or _OF_POSTGRESQL.get(state)
        or _OF_POSTGRESQL.get(state[:2])
    )
    if found is None and isinstance(error, OperationalError):
        if _NO_CONNECTION_LEFT.search(str(error.orig)):
            return Trouble.CROWDED
        # The driver gives no state where a connection could not be made.
        return Trouble.UNKNOWN if state or hasattr(error.orig, "sqlite_errorcode") else Trouble.GONE
    return found


def words_for_log(error: BaseException) -> dict[str, object]:
    """Give the fields of a log line that tell of a trouble and what to do; empty when there is none."""
    trouble = trouble_of(error)
    if trouble is None:
        return {}
    return {"trouble": trouble.label, "advice": trouble.advice, "error": _in_short(error)}


def _in_short(error: BaseException) -> str:
    inner = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(f"{type(inner).__name__}: {inner}".split())[:300]
