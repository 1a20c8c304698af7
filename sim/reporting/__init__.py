"""Documents made of results: the report, the model card and their tables.

This is the last stop of the data before a reader.
"""
