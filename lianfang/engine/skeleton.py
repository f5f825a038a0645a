"""The skeleton of a new indicator: three files whose every blank the catalogue refuses until it is filled."""

from __future__ import annotations

import re
from pathlib import Path

from lianfang.engine.fault import Fault, say

_CARD = """code:            # family letters and a number never used before: ENG-105
name: {{zh: , en: }}
status: draft    # draft until the law is verified, then trial
nature:          # rule_broken | statistical_anomaly | data_collision
safety:          # projects | funds | powers | cadres
stage:
subject:         # the subject_type of the findings
detects:
  zh: 发现
  en: Detects
why: {{zh: , en: }}
law: []          # - {{text: , certainty: verified_text, from: 2021-07-15}}
innocent: []     # - {{zh: , en: , case: the name of a case that stays silent}}
check: []        # - {{zh: , en: }}
parameters: {{}}
evidence: {{}}     # words for evidence columns that the rule computes or renames: {{days_given: {{zh: , en: }}}}
colour:
  metric: {{zh: , en: , unit: }}
  yellow: metric > 0
cap: yellow
population:      # the table whose rows are looked at
blind_spots: []  # - {{zh: , en: }}
author:
checker:
next_review:
"""
_RULE = """SELECT t.unit_id, '{subject}' AS subject_type, t.{subject}_id AS subject_id, t.amount AS metric
FROM {subject} AS t
WHERE t.amount > param('limit', t.sign_date)
"""
_CASES = """as_of: 2024-12-31
cases: []
# - name: a whole sentence that says what happens
#   shows: [hit]
#   tables:
#     contract: |
#       contract_id | unit_id | amount
#       C1          | U1      | 100
#   expect: |
#       subject_id | metric | colour
#       C1         | 100    | yellow
"""


def new_indicator(catalogue: Path, family: str, slug: str) -> Path:
    """Make ``catalogue/family/slug`` with the three files; refuses bad names and an existing folder."""
    for name in (family, slug):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise Fault(
                name,
                say("名称只能用小写字母、数字和下划线。", "a name is lower-case letters, digits and underscores."),
                say("写成 single_admitted_bid 的样子。", "write it like single_admitted_bid."),
            )
    folder = catalogue / family / slug
    if folder.exists():
        raise Fault(str(folder), say("已经存在。", "it exists."), say("换一个名称。", "choose another name."))
    folder.mkdir(parents=True)
    (folder / "cases.yaml").write_text(_CASES, encoding="utf-8")
    (folder / "indicator.yaml").write_text(_CARD.format(), encoding="utf-8")
    (folder / "rule.sql").write_text(_RULE.format(subject="contract"), encoding="utf-8")
    return folder
