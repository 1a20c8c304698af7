"""What is kept on disk between processes: checked bytes in one folder, with one bound on their size.

An entry is a digest and its content. The digest guards against accidents, not against somebody who
writes an entry of his own: readers take nothing in an entry for granted. Machine code cannot be judged
by its reader, so it is only taken from a folder and a file that belong to this user and that nobody else
can write to. No link is followed, and a pipe or a device is not waited for.

Writing is atomic, and what was used longest ago goes when there is more than `MAX_BYTES`. What cannot be
read counts as missing, and where nothing can be written, nothing happens.

``FULCRUM_CACHE`` names another folder, or is ``off``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

#: Bound on all that is kept.
MAX_BYTES = 256 * 2**20
SUFFIX = ".fulcrum"

_DIGEST = 32
_WARY = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)


def cache_folder() -> Path | None:
    """Return the folder of the cache, or None where it is off."""
    named = os.environ.get("FULCRUM_CACHE", "")
    if named:
        return None if named.lower() in ("off", "0", "no") else Path(named)
    try:
        if sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no home
        return None
    return base / "fulcrum"


def read_regular(
    path: str | os.PathLike[str], *, most: int = -1, folder: int | None = None, own: bool = False
) -> bytes | None:
    """Return what a regular file holds, or None where there is none.

    No link is followed, and a FIFO or a device is not waited for.

    Parameters
    ----------
    most
        Bytes that the file may have; with more it counts as missing.
    folder
        Descriptor of the folder that `path` starts from.
    own
        Whether a file that somebody else owns or can write to counts as missing.

    Raises
    ------
    OSError
        It cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _WARY, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or 0 <= most < told.st_size or (own and not _ours(told)):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(handle)


def _ours(told: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else's to write to."""
    if sys.platform == "win32":  # a profile's folder is its user's alone
        return True
    return told.st_uid == os.geteuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@contextlib.contextmanager
def _opened(folder: Path, own: bool) -> Iterator[tuple[int | None, Path]]:
    """Give the descriptor of a folder, and what file names in it start with.

    Raises
    ------
    OSError
        There is no such folder, or it must be our own and is not.
    """
    if os.open not in os.supports_dir_fd:
        yield None, folder
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if own and not _ours(os.fstat(handle)):
            raise PermissionError(errno.EPERM, "others can write to it", str(folder))
        yield handle, Path()
    finally:
        os.close(handle)


def _digest(name: str, content: bytes) -> bytes:
    found = hashlib.blake2b(f"{name}\0".encode(), digest_size=_DIGEST)
    found.update(content)
    return found.digest()


def recall(name: str, most: int, *, code: bool = False) -> bytes | None:
    """Return the content of an entry, or None where there is none that is whole.

    Parameters
    ----------
    name
        What it was kept under.
    most
        Bytes that it may have.
    code
        Whether it will be executed: then folder and file must be ours alone.
    """
    folder = cache_folder()
    if folder is None:
        return None
    try:
        with _opened(folder, own=code) as (handle, top):
            file = top / (name + SUFFIX)
            content = read_regular(file, most=_DIGEST + most, folder=handle, own=code)
            if content is None or _digest(name, content[_DIGEST:]) != content[:_DIGEST]:
                return None
            os.utime(file, dir_fd=handle)
    except OSError:
        return None
    return content[_DIGEST:]


def keep(name: str, content: bytes, *, code: bool = False) -> None:
    """Keep an entry under a name; where that cannot be done, nothing happens."""
    folder = cache_folder()
    if folder is None:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _opened(folder, own=code):
            handle, beside = tempfile.mkstemp(SUFFIX, name, folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(name, content) + content)
            Path(beside).replace(folder / (name + SUFFIX))
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        shrink(MAX_BYTES)


def entries() -> list[tuple[float, int, Path]]:
    """Return when each entry was used last, its size and its file, the oldest first."""
    folder = cache_folder()
    found = []
    if folder is not None and folder.is_dir():
        with os.scandir(folder) as listed:
            for entry in listed:
                if not entry.name.endswith(SUFFIX):  # the folder may hold other things
                    continue
                try:
                    told = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # another process was quicker
                    continue
                if stat.S_ISDIR(told.st_mode):
                    continue
                found.append((told.st_mtime, told.st_size, Path(entry.path)))
    return sorted(found)


def shrink(bound: int) -> int:
    """Remove what was used longest ago until all is a fifth below the bound; return how many went."""
    found = entries()
    size = sum(size for _, size, _ in found)
    if size <= bound:
        return 0
    gone = 0
    for _, bytes_, file in found:
        if size <= bound * 4 // 5:
            break
        file.unlink(missing_ok=True)
        size -= bytes_
        gone += 1
    return gone
