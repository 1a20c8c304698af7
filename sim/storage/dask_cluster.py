"""Shards on a Dask cluster: given out, given out again when a worker dies, never lost.

Dask is told of tasks alone; what may be tried again, and how often, is decided here. When a worker
dies, Dask blames every shard that it had, so all of them are suspects: they are tried again when
nothing else is under way, one at a time, and only the guilty one can die again.
"""

from __future__ import annotations

import importlib
import ipaddress
import logging
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from sim.engine.sources import engine
from sim.errors import Diagnostic, ExperimentError, ResultError
from sim.execution.chunks import Piece
from sim.execution.runner import KernelName
from sim.storage.manifest import digest, rebuild
from sim.storage.shards import compute_shard
from sim.study.experiment import Experiment

#: Deaths of workers that a shard, computed alone, may cause before the batch ends.
TRIES = 3
#: Shards under way for each worker thread.
AHEAD = 3
#: Seconds a cluster may be without a worker.
PATIENCE = 30.0
#: How long a scheduler is waited for.
ANSWER = "10s"

_log = logging.getLogger(__name__)


def address_of(address: str, insecure: bool) -> str:
    """Return the address of a cluster if it is one that may be used.

    Raises
    ------
    ExperimentError
        Dask is not installed, or the address is not one, or it is open to others.
    """
    if address.startswith("local:"):
        count = address.removeprefix("local:")
        if not count.isdigit() or not 1 <= int(count) <= 256:
            words = f"'{address}' does not say how many workers"
            raise ExperimentError(Diagnostic("bad-cluster", words, None, "as in local:4"))
    elif not address.startswith(("tcp://", "tls://")):
        words = f"'{address}' is not the address of a scheduler"
        raise ExperimentError(Diagnostic("bad-cluster", words, None, "local:N, tcp://… or tls://…"))
    elif address.startswith("tcp://") and not insecure and not _on_this_machine(address):
        words = f"whoever can reach '{address}' can run code on its workers and read what passes"
        help = "use tls://…, or say --insecure on a network that you trust"
        raise ExperimentError(Diagnostic("insecure-cluster", words, None, help))
    _dask()
    return address


def _dask() -> Any:
    """Return Dask's module, which knows no types."""
    try:
        return importlib.import_module("distributed")
    except ImportError:
        words = "a cluster wants Dask"
        help = "pip install 'fulcrum-sim[cluster]'"
        raise ExperimentError(Diagnostic("no-dask", words, None, help)) from None


def _on_this_machine(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """Connect to a cluster, or start one on this machine."""
    import dask

    distributed = _dask()
    for name in [*logging.root.manager.loggerDict]:  # what it has to say, we say
        if name.partition(".")[0] in ("distributed", "asyncio", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.startswith("local:"):
        count = int(address.removeprefix("local:"))
        # One death is enough to hear of it: what is tried again is decided here.
        with (
            dask.config.set({"distributed.scheduler.allowed-failures": 0}),
            distributed.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            ) as started,
            distributed.Client(started) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=ANSWER)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        words = f"no scheduler answers at '{address}'"
        raise ResultError(Diagnostic("no-cluster", words, None, str(error)[:200])) from None
    with client:
        yield client


def on_cluster(
    address: str, todo: Sequence[Piece], kernel: KernelName, description: Mapping[str, Any]
) -> Iterator[tuple[Piece, bytes]]:
    """Yield each shard of `todo` with its content as a worker finishes it.

    Raises
    ------
    ResultError
        The cluster was lost, or one shard kills every worker that computes it.
    """
    name = f"fulcrum-{digest(description)[:16]}"
    with _client(address) as client:
        _log.info("dashboard at %s", client.dashboard_link)
        ours = address.startswith("local:")
        client.register_plugin(_plan_for_workers(name, dict(description), deaf=ours))
        try:
            yield from _Round(client, kernel, name).run(todo)
        except OSError as error:
            raise _lost(f"the cluster is gone: {error}") from None
        finally:
            with suppress(OSError, TimeoutError, RuntimeError):  # the scheduler may be gone
                client.unregister_worker_plugin(name)


def _plan_for_workers(name: str, description: dict[str, Any], deaf: bool) -> Any:
    """Return what gives the plan to every worker, also to those that come later.

    Workers of our own are deaf to the Ctrl-C that a terminal sends to them too: we end them.
    """

    class Plan(_dask().WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:
            worker.fulcrum_plans = {**getattr(worker, "fulcrum_plans", {}), name: description}
            if deaf and threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    made = Plan()
    made.name = name
    return made


class _Round:
    """The shards that a client has under way."""

    def __init__(self, client: Any, kernel: KernelName, name: str) -> None:
        self.client = client
        self.kernel = kernel
        self.name = name
        self.finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.waiting: dict[Any, Piece] = {}
        self.deaths: dict[Piece, int] = {}
        self.given = 0

    def run(self, todo: Sequence[Piece]) -> Iterator[tuple[Piece, bytes]]:
        """Yield shards as they are finished: first all, then the suspects, each alone."""
        left, suspects = deque(todo), deque[Piece]()
        while left or suspects or self.waiting:
            while left and len(self.waiting) < self._room():
                self._give(left.popleft())
            alone = not left and not self.waiting and bool(suspects)
            if alone:
                self._give(suspects.popleft())
            future = self._next()
            shard = self.waiting.pop(future)
            content = self._content(future)
            if content is not None:
                future.release()
                yield shard, content
                continue
            self._count_death(shard, alone)
            suspects.append(shard)

    def _room(self) -> int:
        threads: int = sum(self.client.nthreads().values())
        return AHEAD * max(1, threads)

    def _give(self, shard: Piece) -> None:
        self.given += 1
        future = self.client.submit(
            _work, self.name, engine(), shard, self.kernel,
            key=f"{self.name}-{shard.number}-{self.given}", pure=False, retries=0,
        )  # fmt: skip
        self.waiting[future] = shard
        future.add_done_callback(self.finished.put)

    def _next(self) -> Any:
        """Return the next future that is done.

        Raises
        ------
        ResultError
            The scheduler, or every worker, has been gone for too long.
        """
        bare = time.monotonic()
        while True:
            try:
                future = self.finished.get(timeout=0.5)
            except queue.Empty:
                try:
                    lost = self.client.status != "running"
                    workers = 0 if lost else len(self.client.nthreads())
                except (OSError, TimeoutError, RuntimeError):
                    lost, workers = True, 0
                if lost:
                    raise _lost("the scheduler of the cluster is gone") from None
                if workers:
                    bare = time.monotonic()
                elif time.monotonic() - bare > PATIENCE:
                    raise _lost(f"the cluster has had no worker for {PATIENCE:g} s") from None
                continue
            if future in self.waiting:
                return future

    def _content(self, future: Any) -> bytes | None:
        """Return what a worker computed, or None if it died; pass on what it raised."""
        dask = _dask()
        try:
            content: bytes = future.result()
        except dask.KilledWorker:
            return None
        except dask.CancelledError:  # also of one that was finished and is not fetched yet
            time.sleep(0.5)
            if self.client.status != "running":
                raise _lost("the scheduler of the cluster is gone") from None
            return None
        return content

    def _count_death(self, shard: Piece, alone: bool) -> None:
        _log.warning("a worker died with shard %d; it is tried again", shard.number)
        if alone:
            self.deaths[shard] = self.deaths.get(shard, 0) + 1
        if self.deaths.get(shard, 0) >= TRIES:
            raise _lost(f"shard {shard.number} killed the worker that computed it {TRIES} times")


def _lost(words: str) -> ResultError:
    help = "what is finished is kept: run it again to go on from there"
    return ResultError(Diagnostic("lost-cluster", words, None, help))


def _work(name: str, ours: str, shard: Piece, kernel: KernelName) -> bytes:
    """Compute a shard on a worker, which makes the plan once and keeps it."""
    if engine() != ours:
        words = "a worker has another version of the engine than this machine"
        raise ResultError(Diagnostic("other-engine", words))
    if name not in _plans:
        _plans.clear()
        _plans[name] = rebuild(_dask().get_worker().fulcrum_plans[name])
    return compute_shard(_plans[name], shard, kernel)


_plans: dict[str, Experiment] = {}
