"""`python -m sim` is `fulcrum`."""

from sim.cli import process

if __name__ == "__main__":
    process()
