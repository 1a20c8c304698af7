"""Files become scenarios and experiments: overlays, futures, targets and templates.

What is asked is fixed here, before anything runs.
"""
