"""``carry``: brings published packages to the portal, directly or as a file for a one-way ferry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lianfang.web.portal import actions
from lianfang.web.shared.refused import Refused


class Command(BaseCommand):
    help = "Carry published packages to the portal, or write them to a file, or read them from one."

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--export", metavar="FILE", type=Path, help="write the packages to FILE")
        way.add_argument("--import", metavar="FILE", type=Path, dest="source", help="apply the packages of FILE")
        parser.add_argument("--after", metavar="NUMBER", type=int, default=0, help="with --export: those after NUMBER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(self._carried(options["export"], options["source"], options["after"]))
        except Refused as refused:
            raise CommandError(refused.said) from refused
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _carried(self, target: Path | None, source: Path | None, after: int) -> str:
        if target:
            with target.open("w", encoding="utf-8") as out:
                written = sum(1 for line in actions.exported(after) if out.write(line))
            return f"{target}: {written} packages"
        if source:
            with source.open(encoding="utf-8") as lines:
                applied = actions.imported(lines)
        else:
            applied = actions.carry()
        return f"{applied} packages applied; the last one is number {actions.last_applied()}"
