"""One shard of results: computed by whoever, written and read as Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.ensemble import FailedRun
from sim.errors import Diagnostic, ResultError
from sim.experiment import Experiment
from sim.program import generate
from sim.running import KernelName, failure, kernel_of

#: Rows of a shard.
SHARD_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows `begin` to `end` of a scenario; a row is future × replications + replication."""

    number: int
    scenario: int
    begin: int
    end: int

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"shard-{self.number:05d}.parquet"


def shards(plan: Experiment) -> list[Shard]:
    """Cut a plan into shards; the cut depends on the plan alone."""
    rows = len(plan.futures) * plan.replications
    cuts = [
        (scenario, begin, min(begin + SHARD_ROWS, rows))
        for scenario in range(len(plan.scenarios))
        for begin in range(0, rows, SHARD_ROWS)
    ]
    return [Shard(number, *cut) for number, cut in enumerate(cuts)]


@dataclass(frozen=True, slots=True)
class ShardTable:
    """The rows of a shard.

    Attributes
    ----------
    outcomes
        ``float64[row, outcome]``.
    status, events
        ``int32[row]`` and ``int64[row]``.
    """

    outcomes: npt.NDArray[np.float64]
    status: npt.NDArray[np.int32]
    events: npt.NDArray[np.int64]
    failures: tuple[FailedRun, ...]


def compute(plan: Experiment, shard: Shard, kernel: KernelName) -> ShardTable:
    """Run the replications of a shard."""
    runner = kernel_of(generate(plan.scenarios[shard.scenario].model), kernel)
    blocks, failures = [], []
    row = shard.begin
    while row < shard.end:
        future, first = divmod(row, plan.replications)
        count = min(shard.end - row, plan.replications - first)
        block = runner.run(
            plan.row(shard.scenario, future),
            seed=plan.seed,
            future=future,
            first=first,
            count=count,
        )
        failures += [
            failure(plan, shard.scenario, future, first + int(i))
            for i in np.flatnonzero(block.status)
        ]
        blocks.append(block)
        row += count
    return ShardTable(
        outcomes=np.concatenate([block.outcomes for block in blocks]),
        status=np.concatenate([block.status for block in blocks]),
        events=np.concatenate([block.events for block in blocks]),
        failures=tuple(failures),
    )


def compute_shard(plan: Experiment, shard: Shard, kernel: KernelName) -> bytes:
    """Compute a shard and return it as Parquet."""
    return to_parquet(plan, shard, compute(plan, shard, kernel))


def to_parquet(plan: Experiment, shard: Shard, table: ShardTable) -> bytes:
    """Return a shard as Parquet: labels, outcomes with unit and label, and what failed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = np.arange(shard.begin, shard.end)
    scenario = plan.scenarios[shard.scenario].name
    columns: dict[str, Any] = {
        "scenario": pa.array([scenario] * len(rows)),
        "future": pa.array(rows // plan.replications, pa.int32()),
        "replication": pa.array(rows % plan.replications, pa.int32()),
        "status": pa.array(table.status, pa.int32()),
        "events": pa.array(table.events, pa.int64()),
    }
    told = {(f.future, f.replication): f for f in table.failures}
    found = [told.get((int(r) // plan.replications, int(r) % plan.replications)) for r in rows]
    columns |= {
        "failed_event": pa.array([f.event if f else None for f in found], pa.string()),
        "failed_time": pa.array([f.time if f else None for f in found], pa.float64()),
        "failed_code": pa.array([f.code if f else None for f in found], pa.string()),
        "failed_message": pa.array([f.message if f else None for f in found], pa.string()),
        "failed_state": pa.array([_state(f.state) if f else None for f in found], pa.string()),
    }
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    for i, outcome in enumerate(plan.model.outcomes.values()):
        columns[f"outcome.{outcome.name}"] = pa.array(table.outcomes[:, i], pa.float64())
        meta = {"unit": outcome.unit, "label": outcome.label, "statistic": outcome.statistic}
        fields.append(pa.field(f"outcome.{outcome.name}", pa.float64(), metadata=meta))
    schema = pa.schema(fields, metadata={"toy": "a toy: transparent, uncertain, never a forecast"})
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _state(state: Mapping[str, object]) -> str:
    return json.dumps(dict(state), ensure_ascii=False)


def read_table(content: bytes, plan: Experiment, shard: Shard) -> ShardTable:
    """Read what `to_parquet` wrote.

    Raises
    ------
    ResultError
        It is not the shard it is said to be.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        outcomes = np.column_stack(
            [table[f"outcome.{name}"].to_numpy() for name in plan.model.outcomes]
        )
        rows = table.to_pydict() if any(table["status"].to_numpy()) else {}
        labels = {
            name: table[name].to_numpy() for name in ("future", "replication", "status", "events")
        }
        scenarios = set(table["scenario"].unique().to_pylist())
    except (pa.ArrowException, KeyError, ValueError):
        raise ResultError(
            Diagnostic("damaged", f"'{shard.name}' is not a shard of these results")
        ) from None
    wanted = np.arange(shard.begin, shard.end)
    here = labels["future"].astype(np.int64) * plan.replications + labels["replication"]
    if scenarios != {plan.scenarios[shard.scenario].name} or not np.array_equal(here, wanted):
        raise ResultError(Diagnostic("damaged", f"'{shard.name}' holds other rows than it should"))
    failures = [
        FailedRun(
            scenario=rows["scenario"][i],
            future=rows["future"][i],
            replication=rows["replication"][i],
            event=rows["failed_event"][i],
            time=rows["failed_time"][i],
            code=rows["failed_code"][i],
            message=rows["failed_message"][i],
            state=json.loads(rows["failed_state"][i]),
        )
        for i in np.flatnonzero(labels["status"])
    ]
    return ShardTable(outcomes, labels["status"], labels["events"], tuple(failures))
