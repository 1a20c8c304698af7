"""One question per module: an Ensemble in, a small frozen answer with `.table()` out."""
