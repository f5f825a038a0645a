"""A worker that is killed at a chosen line of a run: reads ``number line folder`` and forks a child that dies there."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path


def child(number: int, line: int, folder: Path, moment: datetime) -> None:
    from lianfang.web.detection import carrying
    from lianfang.web.shared import clock
    from tests.web.detection import small_city
    from tests.web.detection.dying_worker import dies_at

    with clock.at(moment):
        seen = dies_at(line)
        try:
            carrying.carry_out(number, assemble=lambda place: small_city.copied(folder, place))
        finally:
            sys.settrace(None)
    sys.stdout.write(f"lived {seen[0]}\n")
    sys.stdout.flush()
    os._exit(0)


def main() -> None:
    import django

    django.setup()
    import lianfang.web.detection.tasks  # noqa: F401
    from lianfang.web.detection import catalogue

    for indicator in catalogue.shipped().indicators.values():
        indicator.reads()
    for asked in sys.stdin:
        number, line, folder, moment = asked.split()
        pid = os.fork()
        if pid == 0:
            child(int(number), int(line), Path(folder), datetime.fromisoformat(moment))
        _pid, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write("died\n")
        elif os.WEXITSTATUS(status):
            sys.stdout.write(f"failed {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
