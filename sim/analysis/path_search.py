"""Which paths pass most of a difference, found with few quantities held.

Holding a quantity costs runs. So the search is lazy (Dellin and Srinivasa 2016): what was not held yet
counts as passing all, the widest paths are sought, what lies on them is held, and again, until the
paths hold nothing unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sim.analysis.causal_path import Hold
from sim.analysis.causes import Links, Node, widest_path

#: Paths shown, and nodes of each.
MOST_PATHS, MOST_NODES = 3, 9
#: Quantities held at once, and how often.
BATCH, ROUNDS = 12, 3
#: Part of the difference that a quantity beside the first path must pass for a path of its own.
WORTH = 0.1
#: The part that a quantity counts for which could not be held.
UNKNOWN = 0.5

Path = tuple[Node, ...]


def strongest_paths(
    links: Links,
    starts: Collection[Node],
    end: Node,
    moved: Collection[Node],
    holdable: Sequence[Node],
    measure: Callable[[Sequence[Node]], Mapping[Node, Hold]],
    whole: float,
) -> tuple[list[Path], dict[Node, Hold]]:
    """Return at most three paths, the one first that passes most, and what was held for it.

    Parameters
    ----------
    moved
        What a path may use.
    holdable
        What of it can be held, what moved most first: beside what lies on the widest paths, that is
        held too at first, so that a second way is seen.
    measure
        Holds quantities in turn.
    whole
        The size of the difference; 0 where none is seen, and the largest part stands for it.
    """
    held: dict[Node, Hold] = {}
    for turn in range(ROUNDS):
        widths = _widths(moved, end, held, whole)
        batch: list[Node] = []
        begins = [starts, *([start] for start in sorted(starts))]
        while begins and len(batch) < BATCH:
            path = widest_path(links, begins[0], end, widths, MOST_NODES)
            new = [n for n in path if n in holdable and n not in held and n not in batch]
            if not new:
                begins.pop(0)
            batch += new
            widths |= dict.fromkeys(new, UNKNOWN)
        if not batch:
            break
        if turn == 0:
            batch += [n for n in holdable if n not in batch]
        held |= measure(batch[:BATCH])
    return _paths(links, starts, end, _widths(moved, end, held, whole), held), held


def _widths(
    moved: Collection[Node], end: Node, held: Mapping[Node, Hold], whole: float
) -> dict[Node, float]:
    """Return which part of the difference each node passes, in tenths; all where it is not known."""
    sizes = {n: abs(hold.through.mean) if hold.seen else 0.0 for n, hold in held.items()}
    most = whole or max(sizes.values(), default=0.0) or 1.0
    widths = dict.fromkeys((*moved, end), 1.0)
    for node, hold in held.items():
        part = UNKNOWN if hold.fault else sizes[node] / most
        widths[node] = round(10 * min(part, 1.0)) / 10
    return widths


def _paths(
    links: Links,
    starts: Collection[Node],
    end: Node,
    widths: Mapping[Node, float],
    held: Mapping[Node, Hold],
) -> list[Path]:
    """Return the widest path, and one through each quantity beside it that passes enough."""
    first = widest_path(links, starts, end, widths, MOST_NODES)
    found = [first] if first else []
    beside = [n for n, hold in held.items() if hold.seen and widths[n] >= WORTH]
    for node in sorted(beside, key=lambda n: -abs(held[n].through.mean)):
        if len(found) == MOST_PATHS:
            break
        if any(node in path for path in found):
            continue
        begin = (
            (node,) if node in starts
            else widest_path(links, starts, node, widths, MOST_NODES - 1)
        )  # fmt: skip
        rest = {n: width for n, width in widths.items() if n not in begin}
        onward = widest_path(links, [node], end, rest, MOST_NODES - len(begin) + 1)
        if begin and onward and min(widths.get(n, 1.0) for n in (*begin, *onward)) > 0:
            found.append((*begin, *onward[1:]))
    return found
