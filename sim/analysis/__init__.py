"""Analyses: one question per module, from an ensemble or a scenario to a small frozen result.

A result knows its table, its chart and its sentence.
"""
