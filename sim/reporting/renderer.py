"""A process that turns charts into SVG: JSON comes in on stdin, SVG goes out, each after its length.

It runs as a script and imports nothing of ours, so it is ready while the charts are still computed.
"""

from __future__ import annotations

import sys
from typing import IO

#: Drawn first, for the engine to be warm when the first chart comes.
SMALL = '{"mark": "point", "data": {"values": [{"x": 1}]}, "encoding": {"x": {"field": "x"}}}'


def send(stream: IO[bytes], text: str) -> None:
    """Write a text after its length."""
    data = text.encode()
    stream.write(len(data).to_bytes(8, "little") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> str | None:
    """Return the next text, or None where the other side is gone."""
    head = stream.read(8)
    size = int.from_bytes(head, "little")
    data = stream.read(size) if len(head) == 8 else b""
    return data.decode() if len(head) == 8 and len(data) == size else None


def main() -> None:
    """Answer until stdin ends."""
    import vl_convert

    vl_convert.vegalite_to_svg(SMALL)
    while (spec := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, vl_convert.vegalite_to_svg(spec))


if __name__ == "__main__":
    main()
