"""The expression language: text → ast → checked terms → generated Python.

Everything that a model may compute is checked here, once, before anything runs.
"""
