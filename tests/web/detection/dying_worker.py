"""A worker that is killed at a chosen line of its work: reads ``work number line`` and forks a child that dies there.

The children are forked of a process that has imported everything and computed nothing, so that twenty deaths take
seconds. Line 0 lets a child live; it then says how many lines there were.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from types import FrameType
from typing import Any

OURS = ("/lianfang/web/detection/", "/lianfang/web/shared/", "/django/db/transaction.py")


def dies_at(line: int) -> list[int]:
    """Count the lines of our own code, and of committing, and end this process at the given one."""
    seen = [0]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if not any(part in frame.f_code.co_filename for part in OURS):
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    return seen


def child(work: str, number: str, line: int, moment: datetime) -> None:
    from lianfang.web.detection.actions import checking
    from lianfang.web.shared import clock

    does = {"look": checking.look, "check": checking.check, "take": checking.take, "receive": receive}[work]
    with clock.at(moment):
        seen = dies_at(line)
        try:
            does(number)
        finally:
            sys.settrace(None)
    sys.stdout.write(f"lived {seen[0]}\n")
    sys.stdout.flush()
    os._exit(0)


def receive(number: str) -> None:
    """What the server does with an uploaded file, in one transaction as its page does."""
    from django.db import transaction

    from lianfang.web.shared.actor import system
    from tests.web.detection import deliveries

    with transaction.atomic():
        deliveries.send(system("server"), deliveries.numbered(int(number)), f"支付{number}.xlsx")


def main(moment: datetime) -> None:
    import django

    django.setup()
    import lianfang.web.detection.tasks  # noqa: F401

    for asked in sys.stdin:
        work, number, line = asked.split()
        pid = os.fork()
        if pid == 0:
            child(work, number, int(line), moment)
        _pid, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write("died\n")
        elif os.WEXITSTATUS(status):
            sys.stdout.write(f"failed {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]))
