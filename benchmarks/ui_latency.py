"""How soon the live page answers, in a real browser: `python benchmarks/ui_latency.py [STUDY] [--moves N]`.

Measures it in Streamlit and as a published file. Wants Playwright for Python and Chromium.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pages.live import ROOT, RUNS, chromium, first_figures, line, measure, serving, table


def published(study: Path, folder: Path) -> Path:
    """Publish a study as `fulcrum publish` does."""
    file = folder / "page.html"
    command = [sys.executable, "-m", "sim", "publish", str(study), "-o", str(file), "--quiet"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return file


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=ROOT / "scenarios/ukraine_2025")
    parser.add_argument("--moves", type=int, default=12)
    parser.add_argument("--quick", action="store_true", help="three moves")
    chosen = parser.parse_args()
    moves, times = (3, 1) if chosen.quick else (chosen.moves, 5)
    study = chosen.study.resolve()
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        if browser is None:
            return 0
        print(f"{study.name}, {RUNS:,} runs of each scenario, {os.cpu_count()} processors")
        print(f"{'':<52} {'median':>8} {'95 %':>8}")
        with serving(study) as (url, up, _):
            page, first, full = first_figures(browser, url, times)
            print("\n".join(table("Streamlit", measure(page, study, moves))))
            print(f"{'server started → it answers':<52} {up:>8.1f}           s")
            print(line("first visit, nothing cached → first figures", first, "s"))
            print(line("first visit, nothing cached → all runs", full, "s"))
            page.context.close()
        file = published(study, Path(folder))
        page, first, full = first_figures(browser, file.as_uri(), times)
        print("\n".join(table("file", measure(page, study, moves))))
        print(line("file opened → first figures", first, "s"))
        print(line("file opened → all runs", full, "s"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
