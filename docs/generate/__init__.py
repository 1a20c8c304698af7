"""The generated parts of `docs/`: schemas, and tables between marks in reference pages.

``python -m docs.generate`` writes them; ``--check`` lists what is out of date.
"""

from docs.generate.pages import BLOCKS, stale_files, written_files

__all__ = ["BLOCKS", "stale_files", "written_files"]
