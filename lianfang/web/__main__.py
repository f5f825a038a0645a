"""``python -m lianfang.web``: the office's own commands ``serve`` and ``clock``, and all of Django's."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.web.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in {"serve", "clock"}:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
        return
    import django

    django.setup()
    if command == "serve":
        from lianfang.web import serve

        serve.main(sys.argv[2:])
    else:
        from lianfang.web import clock

        clock.run()


if __name__ == "__main__":
    main()
