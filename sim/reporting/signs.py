"""Plain signs for those that a stream cannot write, as where Windows redirects output as cp1252."""

from __future__ import annotations

import codecs
import sys

#: What stands for a sign; of frames, one sign for one, so tables stay aligned.
PLAIN = {
    "−": "-", "–": "-", "—": "-", "×": "x", "·": "-", "±": "+/-", "…": "...", "→": "->", "←": "<-",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∞": "inf", "²": "^2", "³": "^3", "μ": "mu", "σ": "sigma",
    "○": "o", "●": "*", "✓": "ok", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u2060": "",
} | dict.fromkeys("─━╌╍═╸╺", "-") | dict.fromkeys("│┃║", "|") | dict.fromkeys(
    "┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┡┢┩┪┠┨┯┷┿╀╁╂╇╈╞╡╪", "+"
)  # fmt: skip
#: The name of this choice among Python's error handlers of encodings.
HANDLER = "fulcrum-plain"


def stand_in(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for signs that an encoding lacks: plain ones, else their JSON escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(PLAIN[sign] if sign in PLAIN else _escape(sign) for sign in found), error.end


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


codecs.register_error(HANDLER, stand_in)


def plain(text: str) -> str:
    """Return text as stdout can write it: cells are made plain before a table is laid out."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, HANDLER).decode(encoding)
