#!/opt/fenghuo/bin/python
"""Ask the process in this container whether it is well; leaves with 0 when it is, 1 when not.

    healthcheck [PORT/PATH]       as in 6066/health; without it whichever of ours listens is asked

Standard library only: it runs every few seconds, and the packages take longer to import than it may take.
"""

from __future__ import annotations

import http.client
import sys

KNOWN = ("6066/health", "6067/health", "8080/alive", "6068/")
_WITHIN_S = 3.0
_UNWELL = 500


def status(place: str) -> int | None:
    """Return what is answered at ``PORT/PATH``, ``None`` where nobody listens."""
    port, _, path = place.partition("/")
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=_WITHIN_S)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status
    except ConnectionRefusedError:
        return None
    except (OSError, http.client.HTTPException):
        return _UNWELL  # somebody listens and does not answer
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    answers = [found for place in arguments or KNOWN if (found := status(place)) is not None]
    print(*answers or ["nobody listens"])
    return 0 if answers and answers[0] < _UNWELL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
