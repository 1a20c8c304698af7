"""Arithmetic, elementary and special functions, random draws and estimates.

Every kernel uses these functions, so that results agree bit for bit.
"""

#: The modules whose functions a generated source may call.
LIBRARY = (
    "sim.numerics.arithmetic",
    "sim.numerics.exponential",
    "sim.numerics.logarithm",
    "sim.numerics.trigonometric",
    "sim.numerics.draws",
    "sim.numerics.lookups",
)
