"""A lock that is a file: of the processes that share a folder one has it."""

from __future__ import annotations

import errno
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLease, Timeout

# of folders that know no locks: NFS without its lock service, some mounts of a cloud
KNOW_NONE = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}
GONE_AFTER = 60.0  # seconds that a file which stands for a lock stays untouched until it is broken
TOUCH_EVERY = 5.0  # seconds
_waited_for: dict[Path, SoftFileLease] = {}  # each has seen since when its file is untouched


def taken(path: Path) -> BaseFileLock | None:
    """The lock, held until it is released or the process ends; None while another has it.

    Where the folder knows no locks a file beside stands for one, which its holder touches.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    except OSError as error:
        if error.errno not in KNOW_NONE:
            raise
        return _lease(path.with_name(f"{path.name}.lease"))
    return lock


def _lease(path: Path) -> SoftFileLease | None:
    """The file that stands for a lock. One whose holder went with its machine or container is
    broken by who has tried, in vain and with the same lease, for long enough."""
    lease = _waited_for.pop(path, None) or SoftFileLease(
        path, lease_duration=GONE_AFTER, heartbeat_interval=TOUCH_EVERY
    )
    try:
        lease.acquire(blocking=False)
    except Timeout:
        _waited_for[path] = lease
        return None
    return lease
