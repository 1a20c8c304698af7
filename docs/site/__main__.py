"""``python -m docs.site [FOLDER]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.site.build import SiteError, build_site


def main() -> int:
    """Build the site, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/site"))
    folder = parser.parse_args().folder
    try:
        pages = build_site(folder)
    except SiteError as error:
        print(f"docs.site: {error}", file=sys.stderr)
        return 1
    print(f"{pages} pages: open {(folder / 'index.html').resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
