"""``python -m lianfang.demo.office build`` makes the demonstration office, ``serve`` opens it, ``walk`` pictures it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
OPENS = datetime(2025, 2, 19, 8, 40, tzinfo=ZONE)  # the day on which the demonstration opens: a Wednesday


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lianfang.demo.office", description=__doc__)
    parser.add_argument("step", choices=("build", "serve", "walk"))
    parser.add_argument("--out", type=Path, help="the demonstration's folder; of walk, where the pictures go")
    parser.add_argument("--demo", type=Path, default=Path("out/demo"), help="the folder that walk pictures")
    parser.add_argument("--size", choices=("tiny", "district", "city"), default="tiny")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    if given.step == "walk":
        _walk(given.demo / "office", given.out or Path("docs/walkthrough"))
        return
    given.out = given.out or Path("out/demo")
    store = given.out / "office"
    if given.step == "build":
        _build(store, given)
    else:
        _serve(store, given.host, given.port)


def _build(store: Path, given: argparse.Namespace) -> None:
    if store.exists():
        shutil.rmtree(store)
    store.mkdir(parents=True)
    _settle(store)
    began = time.monotonic()
    from lianfang.demo.office.build import build

    build(given.out, given.seed, given.size)
    offset = int((OPENS - datetime.now(ZONE)).total_seconds())  # from now on this store's clock goes on from that day
    (store / "clock_offset").write_text(str(offset), encoding="ascii")
    print(f"示例防控办已建好，用时{time.monotonic() - began:.0f}秒。")


def _serve(store: Path, host: str, port: int) -> None:
    if not (store / "clock_offset").exists():
        sys.exit(f"{store}：还没有建好示例防控办。先运行 python -m lianfang.demo.office build")
    _settle(store)
    from lianfang.demo.office.people import PASSWORD, said

    print(f"演示日期：{OPENS:%Y-%m-%d}起。账号（口令都是 {PASSWORD}）：")
    for username, who in said():
        print(f"  {username:14} {who}")
    sys.stdout.flush()
    office = [sys.executable, "-m", "lianfang.web", "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, office)


def _walk(store: Path, out: Path) -> None:
    if not (store / "clock_offset").exists():
        sys.exit(f"{store}：还没有建好示例防控办。先运行 python -m lianfang.demo.office build")
    from lianfang.demo.office.walk import walk

    walk(store, out)


def _settle(store: Path) -> None:
    """Name the store to Django before it starts."""
    os.environ["LIANFANG_STORE"] = str(store.resolve())
    os.environ["LIANFANG_DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.web.settings")
    import django

    django.setup()


if __name__ == "__main__":
    main()
