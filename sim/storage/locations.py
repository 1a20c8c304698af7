"""Where results lie: a folder of this machine, or an address that fsspec knows.

In a folder, each file is written beside its place, synced and renamed, so no reader ever sees half a
file, and a lock that dies with its holder keeps a second batch out. No link below the folder is followed,
so nothing outside is read or written. Elsewhere there is no lock: object
stores show a file only once it is whole; on other file systems it is written beside its place and
moved.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from sim.errors import Diagnostic, ExperimentError, ResultError
from sim.kept import read_regular
from sim.study.arguments import path_text
from sim.study.paths import StrPath

LOCK = ".fulcrum.lock"
#: A file being written: a dot, its name, a random number, and a word of ours.
_BESIDE = re.compile(r"\..+\.\d+\.fulcrum")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(.*)", re.DOTALL)
#: Protocols of fsspec under which a file is there whole or not at all.
_WHOLE = {"memory", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "r2"}


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
        found = {entry.name for entry in self.root.iterdir()}
        return {name for name in found if not (name.startswith(LOCK) or _BESIDE.fullmatch(name))}

    @contextmanager
    def _folder(self, name: str) -> Iterator[tuple[int, str]]:
        """Open the folder that a file lies in; yield its descriptor, and the name there.

        Raises
        ------
        ResultError
            A link stands where a folder of the results belongs.
        """
        inside, _, last = name.rpartition("/")
        path = self.root / inside
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if inside else 0))
        except OSError:
            if inside and path.is_symlink():
                words = f"'{path}' is a link where a folder of the results belongs"
                raise ResultError(Diagnostic("damaged", words, None, "move it away")) from None
            raise
        try:
            yield handle, last
        finally:
            os.close(handle)

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where there is none; a FIFO or a device is not waited for."""
        try:
            with self._folder(name) as (folder, last):
                return read_regular(last, folder=folder)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        try:
            with self._folder(name) as (folder, last):
                beside = f".{last}.{secrets.randbits(48)}.fulcrum"
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                try:
                    handle = os.open(beside, flags, 0o666, dir_fd=folder)
                    with os.fdopen(handle, "wb") as file:
                        file.write(content)
                        file.flush()
                        os.fsync(handle)
                    os.replace(beside, last, src_dir_fd=folder, dst_dir_fd=folder)
                    os.fsync(folder)
                except BaseException:
                    with suppress(OSError):
                        os.unlink(beside, dir_fd=folder)
                    raise
        except OSError as error:
            path = self.root / name
            if path.is_dir():
                words = f"'{path}' is a folder where a file of the results belongs"
                raise ResultError(Diagnostic("damaged", words, None, "move it away")) from None
            self._failed(error)

    def _failed(self, error: OSError) -> NoReturn:
        """Report what is wrong with the folder, not with a file in it."""
        if isinstance(error, FileNotFoundError) and not self.root.exists():
            words = f"'{self.root}' has vanished: nothing more can be written to it"
            raise ResultError(Diagnostic("vanished", words)) from None
        raise type(error)(error.errno, error.strerror, str(self.root)) from None

    @contextmanager
    def locked(self, part: str = "") -> Iterator[None]:
        """Hold the lock of the folder, or, beside other parts, that of a part; it dies with its holder.

        Raises
        ------
        ResultError
            Another process holds it, or the file system has no locks.
        """
        with ExitStack() as held:
            held.enter_context(self._lock(LOCK, str(self.root), shared=bool(part)))
            if part:
                name = f"{LOCK}.{part.replace('/', '-')}"
                held.enter_context(self._lock(name, f"{self.root}', part '{part}"))
            yield

    @contextmanager
    def _lock(self, name: str, what: str, shared: bool = False) -> Iterator[None]:
        path = self.root / name
        foreign = Diagnostic("damaged", f"'{path}' is not a lock of Fulcrum", None, "move it away")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        except OSError as error:
            if path.is_symlink() or path.is_dir():
                raise ResultError(foreign) from None
            self._failed(error)
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_nlink > 1:
            os.close(handle)
            raise ResultError(foreign)
        with os.fdopen(handle, "r+") as file:
            self._hold(file, what, shared)
            try:
                yield
            finally:
                if not shared:
                    file.seek(0)
                    file.truncate()

    def _hold(self, file: Any, what: str, shared: bool) -> None:
        import fcntl

        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            words = f"'{what}' is in use by process {holder}"
            raise ResultError(Diagnostic("locked", words)) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL):
                self._failed(error)
            words = f"'{self.root}' is on a file system without locks"
            help = "two batches would not see each other there: choose a directory on another one"
            raise ResultError(Diagnostic("no-locks", words, None, help)) from None
        if shared:
            return
        try:
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
        except OSError as error:
            self._failed(error)

    def sweep(self) -> None:
        """Remove what killed writers left; none is at work while the lock is held."""
        for folder in (self.root, *self.root.iterdir()):
            if folder == self.root or (folder.is_dir() and not folder.is_symlink()):
                for beside in folder.glob(".*"):
                    if _BESIDE.fullmatch(beside.name):
                        with suppress(OSError):
                            beside.unlink()


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
            beside = f"{folder}/.{last}.{secrets.randbits(48)}.fulcrum"
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
    def locked(self, part: str = "") -> Iterator[None]:
        """Hold no lock: these addresses have none. Two batches of one plan write the same bytes."""
        yield

    def sweep(self) -> None:
        """Remove nothing: without a lock another writer may be at work."""


#: What holds named files.
Place = Folder | Remote
