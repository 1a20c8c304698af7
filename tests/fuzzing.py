"""How many random inputs a test tries: `make fuzz TIMES=50` makes it fifty times as many, all of them new."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))


def examples(usual: int) -> int:
    """Return how many inputs to try, where the gate tries `usual` ones."""
    return usual * TIMES
