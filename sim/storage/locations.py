"""Where results lie: a folder of this machine, or an address that fsspec knows.

In a folder, each file is written beside its place, synced and renamed, so no reader ever sees half a
file, and a lock that dies with its holder keeps a second batch out. Elsewhere there is no lock: object
stores show a file only once it is whole; on other file systems it is written beside its place and
moved.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

from sim.errors import Diagnostic, ExperimentError, ResultError
from sim.study.arguments import path_text
from sim.study.paths import StrPath

LOCK = ".fulcrum.lock"
#: A file being written: a dot, its name, the process that writes it, and a word of ours.
_BESIDE = re.compile(r"\..+\.\d+\.fulcrum")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(.*)", re.DOTALL)
#: Protocols of fsspec under which a file is there whole or not at all.
_WHOLE = {"memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "r2"}


class Place(Protocol):
    """Holds named files."""

    def make(self, folder: str) -> None:
        """Make the place, and a folder in it."""
        ...

    def names(self) -> set[str]:
        """Return what lies here, without what is hidden from the user."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        ...

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from writing here."""
        ...

    def sweep(self) -> None:
        """Remove what killed writers left; none is at work while the lock is held."""
        ...


def place_of(address: StrPath) -> Place:
    """Return the place of an address: a path, or ``protocol://…``.

    Raises
    ------
    ExperimentError
        It is not a path, or its protocol is not supported.
    """
    text = path_text(address)
    if not text.strip():
        raise ExperimentError(Diagnostic("bad-address", "the name of a directory is empty"))
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Folder(Path(text))
    protocol, rest = found.groups()  # a Path makes one slash of two
    if protocol in ("file", "local"):
        return Folder(Path("/" + rest.lstrip("/")))
    try:
        fsspec: Any = importlib.import_module("fsspec.core")
        system, root = fsspec.url_to_fs(f"{protocol}://{rest}")
    except (ImportError, ValueError) as error:
        words = f"'{protocol}://' cannot be written to here: {error}"
        raise ExperimentError(Diagnostic("bad-address", words)) from None
    return Remote(system, root.rstrip("/"), protocol)


class Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def make(self, folder: str) -> None:
        """Make the place, and a folder in it."""
        if self.root.exists() and not self.root.is_dir():
            raise ResultError(Diagnostic("not-a-directory", f"'{self.root}' is a file"))
        try:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._failed(error)

    def names(self) -> set[str]:
        """Return what lies here, without the lock and files that were never finished."""
        if not self.root.is_dir():
            return set()
        found = {entry.name for entry in self.root.iterdir() if entry.name != LOCK}
        return {name for name in found if not _BESIDE.fullmatch(name)}

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where there is none; a FIFO or a device is not waited for."""
        try:
            handle = os.open(self.root / name, os.O_RDONLY | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                return None
            raise
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        path = self.root / name
        beside = path.with_name(f".{path.name}.{os.getpid()}.fulcrum")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            _gone(beside)
            if path.is_dir():
                words = f"'{path}' is a folder where a file of the results belongs"
                raise ResultError(Diagnostic("damaged", words, None, "move it away")) from None
            self._failed(error)
        except BaseException:
            _gone(beside)
            raise

    def _failed(self, error: OSError) -> NoReturn:
        """Report what is wrong with the folder, not with a file in it."""
        if isinstance(error, FileNotFoundError) and not self.root.exists():
            words = f"'{self.root}' has vanished: nothing more can be written to it"
            raise ResultError(Diagnostic("vanished", words)) from None
        raise type(error)(error.errno, error.strerror, str(self.root)) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the folder; it dies with its holder.

        Raises
        ------
        ResultError
            Another process holds it, or the file system has no locks.
        """
        path = self.root / LOCK
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        except OSError as error:
            if path.is_symlink() or path.is_dir():
                words = f"'{path}' is not a lock of Fulcrum"
                raise ResultError(Diagnostic("damaged", words, None, "move it away")) from None
            self._failed(error)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            words = f"'{path}' is not a lock of Fulcrum"
            raise ResultError(Diagnostic("damaged", words, None, "move it away"))
        with os.fdopen(handle, "r+") as file:
            self._hold(file)
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()

    def _hold(self, file: Any) -> None:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            words = f"'{self.root}' is in use by process {holder}"
            raise ResultError(Diagnostic("locked", words)) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL):
                self._failed(error)
            words = f"'{self.root}' is on a file system without locks"
            help = "two batches would not see each other there: choose a directory on another one"
            raise ResultError(Diagnostic("no-locks", words, None, help)) from None
        try:
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
        except OSError as error:
            self._failed(error)

    def sweep(self) -> None:
        """Remove what killed writers left; none is at work while the lock is held."""
        for beside in [*self.root.glob(".*"), *self.root.glob("*/.*")]:
            if _BESIDE.fullmatch(beside.name):
                _gone(beside)


def _gone(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


class Remote:
    """An address that fsspec knows."""

    def __init__(self, system: Any, root: str, protocol: str) -> None:
        self.system = system
        self.root = root
        self.protocol = protocol

    def __str__(self) -> str:
        return f"{self.protocol}://{self.root.lstrip('/')}"

    def make(self, folder: str) -> None:
        """Make the place, and a folder in it."""
        with self._told():
            self.system.makedirs(f"{self.root}/{folder}", exist_ok=True)

    def names(self) -> set[str]:
        """Return what lies here."""
        with self._told():
            try:
                found = self.system.ls(self.root, detail=False)
            except FileNotFoundError:
                return set()
        names = {str(name).rstrip("/").rpartition("/")[2] for name in found}
        return {name for name in names if not _BESIDE.fullmatch(name)}

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where there is none."""
        with self._told():
            try:
                content: bytes = self.system.cat_file(f"{self.root}/{name}")
            except (FileNotFoundError, IsADirectoryError):
                return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all, as far as the address can."""
        path = f"{self.root}/{name}"
        with self._told():
            if self.protocol in _WHOLE:
                self.system.pipe_file(path, content)
                return
            folder, _, last = path.rpartition("/")
            beside = f"{folder}/.{last}.{os.getpid()}.fulcrum"
            self.system.pipe_file(beside, content)
            self.system.mv(beside, path)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the errors of a service into ours: it has a class of its own for each."""
        try:
            yield
        except (OSError, ResultError):
            raise
        except Exception as error:
            words = f"'{self}': {error}"
            raise ResultError(Diagnostic("remote", words)) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold no lock: these addresses have none. Two batches of one plan write the same bytes."""
        yield

    def sweep(self) -> None:
        """Remove nothing: without a lock another writer may be at work."""
