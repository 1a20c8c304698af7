"""`python -m sim` is `fulcrum`."""

from sim.cli import main

if __name__ == "__main__":
    main()
