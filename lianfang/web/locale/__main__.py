"""``python -m lianfang.web.locale``: merge and compile the translations."""

from __future__ import annotations

import sys

from lianfang.web import locale


def main() -> int:
    for language in locale.languages():
        made = locale.build(language)
        print(f"{language}: {len(locale.merge(language))} texts, {made.name}")
        for difference in locale.differences(language):
            print(difference, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
