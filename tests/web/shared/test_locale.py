"""Translations of all apps become one, whole or not at all."""

from __future__ import annotations

import gettext
import os

import pytest
from django.utils import translation

from lianfang.web import locale
from lianfang.web.shared.styleguide import ExampleForm

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def entry(text: str, said: str) -> str:
    return f'\nmsgid "{text}"\nmsgstr "{said}"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(locale, "HERE", tmp_path)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "shared.po").write_text(HEAD + entry("单位", "Unit"), encoding="utf-8")
    (tmp_path / "en" / "alerts.po").write_text(HEAD + entry("预警", "Alert") + entry("空", ""), encoding="utf-8")
    return tmp_path / "en"


def read(folder) -> gettext.GNUTranslations:
    with (folder / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_all_files_become_one(folder):
    locale.build("en")
    made = read(folder)
    assert [made.gettext(text) for text in ("单位", "预警", "空")] == ["Unit", "Alert", "空"]
    assert [path.name for path in (folder / "LC_MESSAGES").iterdir()] == ["django.mo"]


def test_shared_words_come_first_and_the_difference_is_named(folder):
    (folder / "alerts.po").write_text(HEAD + entry("单位", "Body"), encoding="utf-8")
    locale.build("en")
    assert read(folder).gettext("单位") == "Unit"
    assert locale.differences("en") == ["单位: Unit (shared.po), Body (alerts.po)"]


def test_only_what_is_stale_is_built(folder):
    assert locale.is_stale("en")
    locale.refresh()
    assert not locale.is_stale("en")
    made = locale.compiled("en")
    os.utime(made, (1, 1))
    assert locale.is_stale("en")


def test_one_text_has_one_translation_everywhere():
    assert [difference for language in locale.languages() for difference in locale.differences(language)] == []


def test_plain_words_of_the_office_stand_in_for_those_of_the_framework():
    form = ExampleForm({"reason": "太短", "day": "2025-13-02", "colour": "blue"})
    with translation.override("zh-hans"):
        assert form.errors["reason"] == ["不少于20字，现在2字。"]
        assert form.errors["day"] == ["请写成2025-09-26这样的日期。"]
        assert form.errors["done"] == ["请填写。"]
        assert form.errors["colour"] == ["请从列出的各项中选。"]


def test_plural_is_kept(folder):
    made = folder.parent / "zh_Hans"
    made.mkdir()
    text = 'msgid "%d day"\nmsgid_plural "%d days"\nmsgstr[0] "%d天"\n'
    (made / "shared.po").write_text(HEAD + "\n" + text, encoding="utf-8")
    locale.build("zh_Hans")
    assert read(made).ngettext("%d day", "%d days", 3) == "%d天"
