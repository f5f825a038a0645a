"""Settings of the office and the portal: taken from the environment, with defaults that work on one machine."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _

HERE = Path(__file__).parent


def env(name: str, default: str = "") -> str:
    """The variable LIANFANG_<name>, or the content of the file that LIANFANG_<name>_FILE names."""
    kept = os.environ.get(f"LIANFANG_{name}_FILE")
    if kept:
        return Path(kept).read_text(encoding="utf-8").strip()
    return os.environ.get(f"LIANFANG_{name}", default)


# Where the office keeps what is not in its database: uploaded files, datasets, run folders, keys.
STORE = Path(env("STORE", "var")).resolve()


def _kept_secret(name: str) -> str:
    """A secret made at first use and kept in the store, readable by its owner only."""
    path = STORE / name
    if not path.exists():
        STORE.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(48))
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = env("SECRET") or _kept_secret("secret.key")
# Digests in the log and the keys of evidence hang on this one; it outlives sessions and may be kept elsewhere.
EVIDENCE_SECRET = env("EVIDENCE_SECRET") or _kept_secret("evidence.key")
# Signs what goes to the portal. A portal on a machine of its own is given this one and no other.
PORTAL_SECRET = env("PORTAL_SECRET") or hmac.new(EVIDENCE_SECRET.encode(), b"portal", "sha256").hexdigest()
DEBUG = env("DEBUG") == "1"
DEMO = env("DEMO") == "1"
ALLOWED_HOSTS = [host for host in env("HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in env("ORIGINS").split(",") if origin]

# The office itself: its place's name and code, and the level whose officials it may process.
PLACE = env("PLACE", "鄂州市")  # data
PLACE_CODE = env("PLACE_CODE", "420700")
LEVEL = env("LEVEL", "city")
# A demonstration lives on its own day: so many seconds are added to the machine's clock. Nothing else may set it.
_OFFSET = STORE / "clock_offset"
CLOCK_OFFSET = int(_OFFSET.read_text(encoding="ascii")) if DEMO and _OFFSET.exists() else 0

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_cotton",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "lianfang.web.shared",
    "lianfang.web.organisation",
    "lianfang.web.accounts",
    "lianfang.web.portal",
    "lianfang.web.registers",
    "lianfang.web.detection",
    "lianfang.web.alerts",
    "lianfang.web.reports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lianfang.web.shared.middleware.request_number",
    "lianfang.web.shared.middleware.content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lianfang.web.accounts.middleware.idle_sign_out",
    "lianfang.web.accounts.middleware.actor",
]
ROOT_URLCONF = "lianfang.web.urls"
WSGI_APPLICATION = "lianfang.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "lianfang.web.shared.context.office",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "lianfang.web.shared.templatetags.lianfang",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            "OPTIONS": {
                # readers do not wait for the writer; a writer takes its lock at the start, so that two never deadlock
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:],
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ValueError(f"LIANFANG_DATABASE: {url!r} is neither sqlite:///… nor postgresql://…")


DATABASES = {"default": _database(env("DATABASE") or f"sqlite:///{STORE / 'office.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # shared by all processes: five wrong passwords count as five, whichever process saw them
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/start/"  # the first page of one's role
ACCOUNT_ADAPTER = "lianfang.web.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/open/"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/30m/key,50/30m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "lianfang.web.accounts.adapter.SecondFactor"
MFA_TOTP_ISSUER = "LianFang"
IDLE_MINUTES = 15

# A worker says every few seconds that it lives. One that is silent for so long is taken for dead, and what it was at
# is queued again. Shorter, and the work of a killed worker goes on sooner; longer, and a slow machine is given time.
LEASE_SECONDS = int(env("LEASE_SECONDS", "90"))

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env("HTTPS") == "1"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "lianfang.web.shared.views.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20
FILE_UPLOAD_TEMP_DIR = None

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = STORE / "static"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STORE / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# What fails is told on standard error, with the number that the page shows; texts of rows are never in it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {request_number} {message}", "style": "{"}},
    "filters": {"number": {"()": "lianfang.web.shared.middleware.RequestNumber"}},
    "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["number"]}},
    "root": {"handlers": ["standard_error"], "level": "WARNING"},
}

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]  # HTTPS is the reverse proxy's; LIANFANG_HTTPS=1 says so
