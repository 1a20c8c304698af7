"""Plain signs for those that a stream cannot write, as where Windows redirects output as cp1252."""

from __future__ import annotations

import codecs
import sys
import unicodedata

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
    """Return text for readers as stdout can write it: ``u`` for ``ü`` where it lacks that letter.

    Cells are made plain before a table is laid out. JSON is not: its escapes lose nothing.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        bare = "".join(_bare(sign, encoding) for sign in text)
        return bare.encode(encoding, HANDLER).decode(encoding)


def _bare(sign: str, encoding: str) -> str:
    """Return a letter without its accent where an encoding lacks it; other signs as they are."""
    if sign in PLAIN or sign.encode(encoding, "ignore"):
        return sign
    letters = unicodedata.normalize("NFKD", sign)
    letters = "".join(part for part in letters if not unicodedata.combining(part))
    return letters if letters.isascii() and letters.isalpha() else sign
