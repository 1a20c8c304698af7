"""One shard of results: computed by whoever, written and read as Parquet."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import generate
from sim.errors import Diagnostic, ResultError
from sim.execution.chunks import Piece
from sim.execution.failures import FailedRun, explain
from sim.execution.possible import first_impossible
from sim.execution.runner import KernelName, kernel_name, kernel_of
from sim.execution.work_queue import Task, run_task
from sim.storage.parquet import parquet_bytes, parquet_table
from sim.study.experiment import Experiment

if TYPE_CHECKING:
    import pyarrow as pa

#: Most rows of a shard that is begun with this kernel: some seconds of work.
SHARD_ROWS = {"simpy": 250, "compiled": 5_000}
#: Rows of the first shards, from which they grow: what is interrupted early can be compared.
FIRST_ROWS = 25
#: Shards that an experiment is cut into, unless they become smaller than the first.
SHARE = 64
#: Failed replications of a shard that are run again for the words; of the others the rule is told.
MAX_REPLAYED = 20


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
    futures: int

    def shaped(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return rows by future and replication."""
        return rows.reshape(self.futures, -1, *rows.shape[1:])


def usual_layout(experiment: Experiment, kernel: KernelName) -> dict[str, int]:
    """Return how the shards of an experiment are cut, in the words of its manifest."""
    share = max(FIRST_ROWS, experiment.size // SHARE)
    rows = min(SHARD_ROWS[kernel_name(kernel)], share)
    return {"shard_rows": rows, "first_rows": FIRST_ROWS}


def compute(
    experiment: Experiment, shard: Piece, kernel: KernelName, stop: threading.Event | None = None
) -> ShardTable:
    """Run the replications of a shard.

    Raises
    ------
    Stopped
        `stop` was set.
    """
    runner = kernel_of(generate(experiment.scenarios[shard.scenario].model), kernel)
    count = shard.last - shard.first
    parts = [
        block
        for future in range(shard.begin, shard.end)
        for block in run_task(
            experiment, Task(shard, future, shard.first, count, False), runner, stop=stop
        )
    ]
    status = np.concatenate([block.status for block in parts])
    events = np.concatenate([block.events for block in parts])
    broken = np.flatnonzero(status)
    rows = [(shard.scenario, *shard.row(int(row))) for row in broken]
    failed = explain(experiment, rows, status[broken], events[broken], MAX_REPLAYED, stop)
    return ShardTable(
        outcomes=np.concatenate([block.outcomes for block in parts]), status=status,
        events=events, failures=tuple(failed), futures=shard.end - shard.begin,
    )  # fmt: skip


def compute_shard(
    experiment: Experiment, shard: Piece, kernel: KernelName, stop: threading.Event | None = None
) -> bytes:
    """Compute a shard and return it as Parquet."""
    return to_parquet(experiment, shard, compute(experiment, shard, kernel, stop))


def to_parquet(experiment: Experiment, shard: Piece, table: ShardTable) -> bytes:
    """Return a shard as Parquet: labels, outcomes with unit and label, and what failed."""
    import pyarrow as pa

    rows = [shard.row(row) for row in range(shard.rows)]
    told = {(f.future, f.replication): f for f in table.failures}
    found = [told.get(row) for row in rows]
    columns: dict[str, Any] = {
        "scenario": [experiment.scenarios[shard.scenario].name] * len(rows),
        "future": [future for future, _ in rows],
        "replication": [replication for _, replication in rows],
        "status": table.status,
        "events": table.events,
        "failed_event": [f.event if f else None for f in found],
        "failed_time": [f.time if f else None for f in found],
        "failed_code": [f.code if f else None for f in found],
        "failed_message": [f.message if f else None for f in found],
        "failed_state": [_state(f.state) if f else None for f in found],
    }
    columns |= {
        f"outcome.{name}": table.outcomes[:, i] for i, name in enumerate(experiment.model.outcomes)
    }
    return parquet_bytes(pa.table(columns, schema=_schema(experiment)))


def _schema(experiment: Experiment) -> pa.Schema:
    """Return the columns of a shard: labels, what failed, and the outcomes with unit and label."""
    import pyarrow as pa

    kinds = {"scenario": pa.string(), "future": pa.int32(), "replication": pa.int32()}
    kinds |= {"status": pa.int32(), "events": pa.int64(), "failed_event": pa.string()}
    kinds |= {"failed_time": pa.float64(), "failed_code": pa.string()}
    kinds |= {"failed_message": pa.string(), "failed_state": pa.string()}
    fields = [pa.field(name, kind) for name, kind in kinds.items()]
    for outcome in experiment.model.outcomes.values():
        meta = {"unit": outcome.unit, "label": outcome.label, "statistic": outcome.statistic}
        fields.append(pa.field(f"outcome.{outcome.name}", pa.float64(), metadata=meta))
    return pa.schema(fields, metadata={"toy": "a toy: transparent, uncertain, never a forecast"})


def _state(state: Mapping[str, object]) -> str:
    return json.dumps(dict(state), ensure_ascii=False)


def read_table(content: bytes, experiment: Experiment, shard: Piece) -> ShardTable:
    """Read what `to_parquet` wrote.

    Raises
    ------
    ResultError
        It is not the shard it is said to be.
    """
    import pyarrow as pa

    which = f"shard {shard.number}"
    try:
        table = parquet_table(content, shard.rows)
        outcomes = np.column_stack(
            [table[f"outcome.{name}"].to_numpy() for name in experiment.model.outcomes]
        )
        _check_kinds(table, experiment)
        labels = {
            name: table[name].to_numpy() for name in ("future", "replication", "status", "events")
        }
        failed = np.flatnonzero(labels["status"])
        rows = table.select(_TOLD).take(failed).to_pylist() if len(failed) else []
        states = [json.loads(row["failed_state"]) for row in rows]
        if not all(isinstance(state, dict) for state in states):
            raise ValueError("a state is a mapping")
        scenarios = set(table["scenario"].unique().to_pylist())
    except (pa.ArrowException, KeyError, ValueError, TypeError, RecursionError):
        words = f"{which} is not a shard of these results"
        raise ResultError(Diagnostic("damaged", words, None, ANEW)) from None
    wide = shard.last - shard.first
    here = np.arange(shard.rows)
    same = (
        len(labels["status"]) == shard.rows
        and np.array_equal(labels["future"], shard.begin + here // wide)
        and np.array_equal(labels["replication"], shard.first + here % wide)
    )
    if scenarios != {experiment.scenarios[shard.scenario].name} or not same:
        words = f"{which} holds other rows than it should"
        raise ResultError(Diagnostic("damaged", words, None, ANEW))
    program = generate(experiment.scenarios[shard.scenario].model)
    if found := first_impossible(program, outcomes, labels["status"], labels["events"]):
        raise ResultError(Diagnostic("damaged", f"{which} holds {found}", None, ANEW))
    failures = [
        FailedRun(
            scenario=row["scenario"], future=row["future"], replication=row["replication"],
            event=row["failed_event"], time=row["failed_time"], code=row["failed_code"],
            message=row["failed_message"], state=state,
        )
        for row, state in zip(rows, states, strict=True)
    ]  # fmt: skip
    return ShardTable(
        outcomes, labels["status"], labels["events"], tuple(failures), shard.end - shard.begin
    )


def _check_kinds(table: Any, experiment: Experiment) -> None:
    """Refuse columns of other kinds than `to_parquet` writes.

    Raises
    ------
    ValueError
        The table was changed by hand.
    """
    for field in _schema(experiment):
        if table.schema.field(field.name).type != field.type:
            raise ValueError(f"'{field.name}' is of another kind")


#: What to do about a shard that was changed.
ANEW = "remove it with its .sha256: the same command computes it again"
#: The columns that a failed replication is told from.
_TOLD = [
    *("scenario", "future", "replication", "failed_event", "failed_time", "failed_code"),
    *("failed_message", "failed_state"),
]
