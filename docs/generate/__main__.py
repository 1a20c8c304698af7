"""``python -m docs.generate [DOCS] [--check] [--measure]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.generate.pages import stale_files


def main() -> int:
    """Write what is out of date, or only name it."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("docs", nargs="?", type=Path, default=Path("docs"))
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one is old")
    parser.add_argument("--measure", action="store_true", help="measure every model card again")
    chosen = parser.parse_args()
    stale = stale_files(chosen.docs, anew=chosen.measure)
    for path, text in stale.items():
        print(f"{path}: {'out of date' if chosen.check else 'written'}")
        if not chosen.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and chosen.check else 0


if __name__ == "__main__":
    sys.exit(main())
