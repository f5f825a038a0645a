"""Takes the pictures of docs/walkthrough.md: the demonstration office as each role sees it on its first morning."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DESK, PHONE, WALL = (1366, 768), (390, 844), (1920, 1080)
QUALITY = 80


@dataclass(frozen=True)
class Shot:
    """One picture: whose screen, which page, how large. ``to`` scrolls to what is shown."""

    name: str
    user: str
    path: str
    size: tuple[int, int] = DESK
    language: str = "zh-hans"
    to: str = ""


SHOTS = (
    Shot("01-portal", "", "/open/"),
    Shot("02-portal-risk", "", "/open/risks/{risk}/"),
    Shot("03-portal-phone", "", "/open/indicators/", PHONE),
    Shot("04-data", "qiansuan", "/data/"),
    Shot("05-run", "qiansuan", "/runs/2/"),
    Shot("06-unseen", "qiansuan", "/coverage/"),
    Shot("07-desk", "zhoulan", "/desk/"),
    Shot("08-signals", "zhoulan", "/signals/"),
    Shot("09-finding", "zhoulan", "/findings/{finding}/"),
    Shot("10-alert", "zhoulan", "/alerts/{pending}/"),
    Shot("11-check", "{checker}", "/alerts/{checking}/check/"),
    Shot("12-grade", "{checker}", "/alerts/{checking}/grade/"),
    Shot("13-second", "{second}", "/alerts/{checking}/check/", to="#second"),
    Shot("14-dispatch", "fangqing", "/alerts/"),
    Shot("15-cosign", "wujun", "/alerts/{pending}/"),
    Shot("16-unit-desk", "{head}", "/desk/", PHONE),
    Shot("17-unit-alert", "{head}", "/alerts/{issued}/", PHONE),
    Shot("18-unit-reply", "{answering}", "/alerts/{rectifying}/reply/1/", PHONE),
    Shot("19-bulletin", "zhengchuan", "/bulletins/2025-01/"),
    Shot("20-indicator", "zhengchuan", "/indicators/ENG-101/"),
    Shot("21-dashboard", "gaoyuan", "/dashboard/"),
    Shot("22-wall", "gaoyuan", "/wall/", WALL),
    Shot("23-cadre", "cadre", "/risks/mine/", PHONE),
    Shot("24-system", "sysadmin", "/admin/system/accounts/"),
    Shot("25-security", "secadmin", "/admin/security/grants/"),
    Shot("26-audit", "audit", "/admin/audit/log/"),
    Shot("27-english", "wujun", "/alerts/{pending}/", DESK, "en"),
)


def walk(built: Path, out: Path) -> None:
    """Serve a copy of the office that was built, at the hour at which it opens, and take every picture."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("缺少playwright：先运行 make env。")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("没有找到Chromium：apt-get install chromium。")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "office"
        shutil.copytree(built, store)
        _open_at_first_hour(store)
        named = _subjects(store)
        with _served(store) as base, sync_playwright() as player:
            browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for shot in SHOTS:
                _take(browser, base, shot, named, out)
            browser.close()


def _open_at_first_hour(store: Path) -> None:
    from datetime import datetime

    from lianfang.demo.office.__main__ import OPENS, ZONE

    offset = int((OPENS - datetime.now(ZONE)).total_seconds())
    (store / "clock_offset").write_text(str(offset), encoding="ascii")


@contextmanager
def _served(store: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = os.environ | {"LIANFANG_STORE": str(store), "LIANFANG_DEMO": "1"}
    command = [sys.executable, "-m", "lianfang.web", "serve", "--port", str(port), "--workers", "1"]
    served = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base, served)
        yield base
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait()


def _wait(base: str, served: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and served.poll() is None:
        try:
            urllib.request.urlopen(f"{base}/open/", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    sys.exit("示例防控办没有打开。")


def _subjects(store: Path) -> Mapping[str, str]:
    """What the pictures show, by name: found as it stands, since each seed plays other matters."""
    os.environ |= {"LIANFANG_STORE": str(store), "LIANFANG_DEMO": "1"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.web.settings")
    import django

    django.setup()
    from lianfang.web.accounts.models import Grant
    from lianfang.web.alerts.models import Alert
    from lianfang.web.registers.risk_points import RiskPoint

    heads = dict(Grant.objects.filter(role="unit_head").values_list("unit_id", "user__username"))

    def first(*wanted: dict[str, Any]) -> Any:
        """The first alert that fits the first description which any fits."""
        for one in wanted:
            if found := Alert.objects.filter(**one).order_by("number").first():
                return found
        sys.exit(f"示例中没有要拍的预警：{wanted}")

    of_heads = {"unit__in": list(heads)}
    checking = first({"state": "verifying", "second_checker__isnull": False})
    pending = first({"state": "pending", "proposed_colour": "red"}, {"state": "pending"})
    issued = first({"state": "issued", **of_heads}, {"state": "rectifying", **of_heads})
    rectifying = first({"state": "rectifying", "unit": issued.unit_id}, {"state": "rectifying", **of_heads})
    return {
        "risk": RiskPoint.objects.filter(level=1, state="publicity").earliest("number").number,
        "finding": checking.hits.get().finding.number,
        "checking": checking.number,
        "checker": checking.checker.username,
        "second": checking.second_checker.username,
        "pending": pending.number,
        "issued": issued.number,
        "head": heads[issued.unit_id],
        "rectifying": rectifying.number,
        "answering": heads[rectifying.unit_id],
    }


def _take(browser: Any, base: str, shot: Shot, named: Mapping[str, str], out: Path) -> None:
    from lianfang.demo.office.people import PASSWORD

    width, height = shot.size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.add_cookies([{"name": "django_language", "value": shot.language, "url": base}])
    page = context.new_page()
    if shot.user:
        page.goto(f"{base}/account/login/")
        page.fill("[name=login]", shot.user.format(**named))
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    answer = page.goto(base + shot.path.format(**named))
    if answer is None or answer.status != 200:
        sys.exit(f"{shot.name}：{page.url} {answer and answer.status}")
    page.wait_for_load_state("networkidle")
    if shot.to:
        page.locator(shot.to).scroll_into_view_if_needed()
    _keep(page, shot, out)
    context.close()


def _keep(page: Any, shot: Shot, out: Path) -> None:
    """A phone's picture as PNG; the wider ones as JPEG, which keeps each of them below 150 kB."""
    if shot.size == PHONE:
        page.screenshot(path=out / f"{shot.name}.png")
    else:
        page.screenshot(path=out / f"{shot.name}.jpg", type="jpeg", quality=QUALITY)
