"""Estimates of ensembles with intervals: means, shares, differences, and expected values of futures.

Their sums and quantiles are restricted Python in `sim.numerics`, compiled like a model, so that every
home of the engine gives the same bits.
"""
