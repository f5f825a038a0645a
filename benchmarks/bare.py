"""The bare page that the web benchmark measures itself against: Django's own middleware, one template, no database."""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PAGE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<title>{{ title }}</title>
</head>
<body>
<header><h1>{{ title }}</h1></header>
<main>
<table>
<thead><tr><th>n</th><th>name</th></tr></thead>
<tbody>
{% for row in rows %}
<tr><td>{{ row.n }}</td><td>{{ row.name }}</td></tr>
{% endfor %}
</tbody>
</table>
</main>
<footer>{{ rows|length }}</footer>
</body>
</html>"""


def page(request: HttpRequest) -> HttpResponse:
    rows = [{"n": n, "name": f"row {n}"} for n in range(10)]
    return render(request, "page.html", {"title": "bare", "rows": rows})


urlpatterns = [path("", page)]

LOADERS = [("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", {"page.html": PAGE})])]

if not settings.configured:
    settings.configure(
        SECRET_KEY=os.urandom(16).hex(),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": LOADERS}}],
    )
    django.setup()
application = get_wsgi_application()
