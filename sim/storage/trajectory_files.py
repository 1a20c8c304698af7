"""Trajectories as Parquet: a file per scenario, a row per point in time, units and labels beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.errors import Diagnostic, ResultError
from sim.execution.runner import KernelName, banded_replications, run
from sim.execution.trajectories import LEVELS, Trajectories
from sim.model.naming import family_of
from sim.storage.parquet import parquet_bytes, parquet_table
from sim.study.experiment import Experiment, Floats


def compute_trajectories(
    experiment: Experiment, series: Sequence[str], kernel: KernelName
) -> Trajectories | None:
    """Run the replications that the bands of these series come from."""
    few = replace(experiment, replications=banded_replications(experiment, len(series)))
    return run(few, kernel=kernel, series=series).trajectories


def trajectories_parquet(experiment: Experiment, found: Trajectories, scenario: int) -> bytes:
    """Return the trajectories of one scenario as Parquet.

    Columns are ``time``, for each series ``name.q05`` … ``name.q95``, ``name.mean``, ``name.sd`` and
    ``name.samples``, a list, and for each option state ``name.word``, the share of replications in
    which it holds.
    """
    import pyarrow as pa

    model = experiment.scenarios[scenario].model
    columns: dict[str, Any] = {"time": pa.array(found.times)}
    fields = [pa.field("time", pa.float64(), metadata={"unit": model.clock.unit})]

    def put(name: str, values: Any, unit: str, label: str) -> None:
        columns[name] = values
        fields.append(pa.field(name, values.type, metadata={"unit": unit, "label": label}))

    for i, name in enumerate(found.names):
        known = name in model.state or family_of(name) in model.derived
        what = model.series(name) if known else None
        unit, label = (what.unit, what.label) if what is not None else ("", name)
        for j, level in enumerate(LEVELS):
            column = f"{name}.q{round(level * 100):02d}"
            put(column, pa.array(found.bands[scenario, i, j]), unit, label)
        put(f"{name}.mean", pa.array(found.means[scenario, i]), unit, label)
        put(f"{name}.sd", pa.array(found.sds[scenario, i]), unit, label)
        flat = pa.array(np.ascontiguousarray(found.samples[scenario, :, i].T).reshape(-1))
        samples = pa.FixedSizeListArray.from_arrays(flat, found.samples.shape[1])
        put(f"{name}.samples", samples, unit, label)
    for name, shares in found.shares.items():
        of = model.state.get(name) or experiment.model.state[name]
        for word, share in zip(of.type.options, shares[scenario], strict=True):
            put(f"{name}.{word}", pa.array(share), "", of.label)
    metadata = {
        "scenario": experiment.scenarios[scenario].name, "names": "\n".join(found.names),
        "shares": "\n".join(found.shares), "n": str(found.n), "counted": str(found.counted),
    }  # fmt: skip
    return parquet_bytes(pa.table(columns, schema=pa.schema(fields, metadata=metadata)))


def read_trajectories(experiment: Experiment, parts: Sequence[bytes]) -> Trajectories:
    """Read what `trajectories_parquet` wrote, a part for each scenario.

    Raises
    ------
    ResultError
        A part is not what it is said to be.
    """
    import pyarrow as pa

    bands: list[Floats] = []
    samples: list[Floats] = []
    moments: dict[str, list[Floats]] = {"mean": [], "sd": []}
    shares: dict[str, list[Floats]] = {}
    try:
        for part in parts:
            table = parquet_table(part)
            meta = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
            names, options = tuple(meta["names"].split()), meta["shares"].split()
            times = table["time"].to_numpy()
            levels = [f"q{round(level * 100):02d}" for level in LEVELS]
            bands.append(
                np.array([[table[f"{n}.{q}"].to_numpy() for q in levels] for n in names]).reshape(
                    len(names), len(levels), len(times)
                )
            )
            for which, arrays in moments.items():
                rows = [table[f"{n}.{which}"].to_numpy() for n in names]
                arrays.append(np.array(rows).reshape(len(names), len(times)))
            lists = [table[f"{n}.samples"].combine_chunks() for n in names]
            wide = lists[0].type.list_size if lists else 0
            wide_rows = [column.values.to_numpy().reshape(len(times), wide) for column in lists]
            samples.append(
                np.array(wide_rows).reshape(len(names), len(times), wide).transpose(2, 0, 1)
            )
            for option in options:
                of = experiment.model.state[option].type.options
                found = np.array([table[f"{option}.{word}"].to_numpy() for word in of])
                shares.setdefault(option, []).append(found)
        return Trajectories(
            scenarios=tuple(scenario.name for scenario in experiment.scenarios), times=times,
            names=names, bands=np.stack(bands),
            options={name: experiment.model.state[name].type.options for name in shares},
            shares={name: np.stack(found) for name, found in shares.items()},
            samples=np.stack(samples), n=int(meta["n"]), means=np.stack(moments["mean"]),
            sds=np.stack(moments["sd"]), counted=int(meta["counted"]),
        )  # fmt: skip
    except (pa.ArrowException, LookupError, ValueError, TypeError, AttributeError):
        words = "the trajectories are not those of these results"
        raise ResultError(Diagnostic("damaged", words)) from None
