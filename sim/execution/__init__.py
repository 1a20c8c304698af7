"""An experiment becomes an ensemble: chunks, threads, the cache and trajectories.

How the work is split never changes a number.
"""
