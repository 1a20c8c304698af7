"""Who computes the shards: threads of this process, or the workers of a Dask cluster.

An executor yields each shard with its content as it is finished, in any order; what a shard holds does
not depend on the executor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.execution.chunks import Piece, processors, spread
from sim.execution.runner import KernelName, kernel_name
from sim.storage.shards import compute_shard
from sim.study.experiment import Experiment

#: From an experiment, the shards to compute, a kernel and the experiment as plain data to each shard
#: with its content.
Executor = Callable[
    [Experiment, Sequence[Piece], KernelName, Mapping[str, Any]], Iterator[tuple[Piece, bytes]]
]


def local(
    experiment: Experiment,
    todo: Sequence[Piece],
    kernel: KernelName,
    description: Mapping[str, Any],
) -> Iterator[tuple[Piece, bytes]]:
    """Compute shards in threads; the compiled kernel holds no interpreter lock."""
    threads = processors() if kernel_name(kernel) == "compiled" else 1
    return spread(lambda shard, stop: compute_shard(experiment, shard, kernel, stop), todo, threads)


def cluster(address: str, *, insecure: bool = False) -> Executor:
    """Return an executor on a Dask cluster: ``local:N`` starts one, ``tcp://…`` joins one.

    Parameters
    ----------
    insecure
        Let plans and results pass unencrypted to another machine.

    Raises
    ------
    ExperimentError
        Dask is not installed, or the address is not one.
    """
    from sim.storage.dask_cluster import address_of, on_cluster

    wanted = address_of(address, insecure)
    return lambda experiment, todo, kernel, description: (
        on_cluster(wanted, todo, kernel, description) if todo else iter(())
    )
