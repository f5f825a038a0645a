"""Settings of the web tests: a store that vanishes, quick passwords, and the database that LIANFANG_TEST_ON names."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_store = tempfile.mkdtemp(prefix="lianfang-web-")
atexit.register(shutil.rmtree, _store, ignore_errors=True)
os.environ["LIANFANG_STORE"] = _store
for name in ("LIANFANG_DEMO", "LIANFANG_DEBUG", "LIANFANG_DATABASE", "LIANFANG_LEVEL"):
    os.environ.pop(name, None)
if os.environ.get("LIANFANG_TEST_ON") == "postgres":
    os.environ["LIANFANG_DATABASE"] = os.environ["LIANFANG_TEST_POSTGRES"]

from lianfang.web.settings import *  # noqa: E402, F403
from lianfang.web.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
if "sqlite" in str(DATABASES["default"]["ENGINE"]):
    # a file, not memory: threads and the live server see the same database, locked as in production
    DATABASES["default"]["TEST"] = {"NAME": f"{_store}/test.sqlite3"}
