"""The command line: `fulcrum VERB …`.

stdout is data; stderr is messages and progress.
"""

from sim.cli.app import main, process

__all__ = ["main", "process"]
