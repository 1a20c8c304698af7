"""Crash-safe, self-describing run directories, local or remote.

A run that was interrupted goes on where it stopped; any row can be verified and replayed.
"""
