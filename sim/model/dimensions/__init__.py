"""Units of a checked model. `walk` finds the unit of every term, and `check` what does not agree.

`quantities` are what a term may measure, and `messages` say what differs, with both places.
"""
