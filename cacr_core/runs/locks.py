"""A lock that is a file: of the processes that share a folder one has it."""

from __future__ import annotations

import errno
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

# of folders that know no locks: NFS without its lock service, some mounts of a cloud
KNOW_NONE = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}


def taken(path: Path) -> BaseFileLock | None:
    """The lock, held until it is released or the process ends; None while another has it.

    Where the folder knows no locks a file beside stands for one while its process lives.
    """
    lock: BaseFileLock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    except OSError as error:
        if error.errno not in KNOW_NONE:
            raise
        lock = SoftFileLock(path.with_name(f"{path.name}.held"))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return None
    return lock
