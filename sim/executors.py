"""Who computes the shards: threads of this process, or the workers of a Dask cluster.

An executor yields each shard with its content as it is finished, in any order; what a shard holds does
not depend on the executor.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from sim.errors import Diagnostic, ExperimentError, ResultError
from sim.experiment import Experiment
from sim.running import KernelName
from sim.shards import Shard, compute_shard
from sim.store import digest, rebuild

#: Tries of a shard whose worker died, before the batch ends; the last one is alone on the cluster.
TRIES = 3


class Executor(Protocol):
    """Computes shards."""

    def __call__(
        self,
        plan: Experiment,
        todo: Sequence[Shard],
        kernel: KernelName,
        description: Mapping[str, Any],
    ) -> Iterator[tuple[Shard, bytes]]:
        """Yield each shard of `todo` with its content as it is finished."""
        ...


def local(
    plan: Experiment, todo: Sequence[Shard], kernel: KernelName, description: Mapping[str, Any]
) -> Iterator[tuple[Shard, bytes]]:
    """Compute shards in threads; the compiled kernel holds no interpreter lock."""
    if not todo:
        return
    threads = 1 if kernel == "simpy" else os.cpu_count() or 1
    pool = ThreadPoolExecutor(threads)
    waiting: dict[Future[bytes], Shard] = {}
    left = list(reversed(todo))
    try:
        while left or waiting:
            while left and len(waiting) < 2 * threads:
                shard = left.pop()
                waiting[pool.submit(compute_shard, plan, shard, kernel)] = shard
            done, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def cluster(address: str) -> Executor:
    """Return an executor on a Dask cluster: ``local:N`` starts one, ``tcp://…`` joins one.

    Raises
    ------
    ExperimentError
        Dask is not installed, or the address is not one.
    """
    try:
        import distributed
    except ImportError:
        words = "a cluster wants Dask"
        help = "install fulcrum-sim[cluster]"
        raise ExperimentError(Diagnostic("no-dask", words, None, help)) from None

    def run(
        plan: Experiment, todo: Sequence[Shard], kernel: KernelName, description: Mapping[str, Any]
    ) -> Iterator[tuple[Shard, bytes]]:
        if not todo:
            return
        with _client(distributed, address) as client:
            yield from _spread(distributed, client, todo, kernel, description)

    return run


def _client(distributed: Any, address: str) -> Any:
    """Connect to a cluster, or start one on this machine."""
    if address.startswith("local:"):
        count = address.removeprefix("local:")
        if not count.isdigit() or not 1 <= int(count) <= 256:
            words = f"'{address}' does not say how many workers"
            raise ExperimentError(Diagnostic("bad-cluster", words, None, "as in local:4"))
        return distributed.Client(
            n_workers=int(count),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        )
    if not address.startswith(("tcp://", "tls://")):
        words = f"'{address}' is not the address of a scheduler"
        raise ExperimentError(Diagnostic("bad-cluster", words, None, "local:N, tcp://… or tls://…"))
    try:
        return distributed.Client(address, timeout="10s")
    except (OSError, TimeoutError):
        raise ResultError(
            Diagnostic("no-cluster", f"no scheduler answers at '{address}'")
        ) from None


def _spread(
    distributed: Any,
    client: Any,
    todo: Sequence[Shard],
    kernel: KernelName,
    description: Mapping[str, Any],
) -> Iterator[tuple[Shard, bytes]]:
    """Give the shards to the workers; a shard whose worker died is given out again."""
    from distributed.scheduler import KilledWorker

    shared = client.scatter(dict(description), broadcast=True, hash=False)
    tries: dict[int, int] = {}

    def give(shard: Shard) -> Any:
        return client.submit(
            _work,
            shared,
            shard,
            kernel,
            key=f"{shard.name}-{tries.get(shard.number, 0)}",
            pure=False,
        )

    waiting = {give(shard): shard for shard in todo}
    again: list[Shard] = []
    batch = distributed.as_completed(list(waiting), raise_errors=False)
    for future in batch:
        shard = waiting.pop(future)
        if future.status == "finished":
            yield shard, future.result()
            continue
        error = future.exception()
        if not isinstance(error, KilledWorker | distributed.client.FutureCancelledError):
            raise error
        tries[shard.number] = tries.get(shard.number, 0) + 1
        again.append(shard)
    for shard in again:
        yield shard, _alone(client, give, shard, tries)


def _alone(client: Any, give: Callable[[Shard], Any], shard: Shard, tries: dict[int, int]) -> bytes:
    """Compute a shard with nothing else on the cluster, so that only the guilty one is blamed."""
    while tries[shard.number] < TRIES:
        future = give(shard)
        error = future.exception()
        if error is None:
            result: bytes = future.result()
            return result
        tries[shard.number] += 1
    words = f"the workers that computed '{shard.name}' died {TRIES} times"
    raise ResultError(
        Diagnostic("lost-worker", words, None, "what is finished is kept; run it again")
    )


def _work(description: Mapping[str, Any], shard: Shard, kernel: KernelName) -> bytes:
    """Compute a shard on a worker, which makes the plan once and keeps it."""
    name = digest(description)
    if name not in _plans:
        _plans.clear()
        _plans[name] = rebuild(description)
    return compute_shard(_plans[name], shard, kernel)


_plans: dict[str, Experiment] = {}
