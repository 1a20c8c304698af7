"""The keys of a model's `docs`: texts of the model card that only an author can write."""

#: Items of the model card: the keys of `docs` that each requires, and its optional ones.
NEEDED = {
    "misuse": ("misuses", "limits"), "1.1": ("purpose", "uses"), "1.2": ("outputs",),
    "1.3": ("aims",), "2.2": ("logic",), "2.3": ("scenarios",), "3.1": ("data_sources",),
    "3.2": ("preprocessing",), "3.4": ("assumptions",), "4.1": ("initialisation",),
    "4.3": ("uncertainty",),
}  # fmt: skip
OPTIONAL = {
    "2.2": ("mechanisms", "interactions"),
    "3.1": ("attributions",),
    "4.3": ("calibration",),
}
KEYS = tuple(key for keys in (*NEEDED.values(), *OPTIONAL.values()) for key in keys)
