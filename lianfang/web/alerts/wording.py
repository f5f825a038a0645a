"""Free text is read before it is kept: what reads like an accusation or names a private number is sent back.

Source: rules on handling reports and accusations (not entered, not copied here); the words are those of the domain's
compliance page, section 8.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from lianfang.web.shared.refused import Refused

# 实名制, 实名登记 and 农信社原来信用 are ordinary words; a named report and a letter are not.
ACCUSATION = re.compile(
    r"举报|检举|控告|来信(?![用息心任号贷托])|匿名信|匿名反映|反映人|实名(?!制|登记|认证)"
    r"|受贿|行贿|索贿|贪污|挪用公款|收受(?:现金|礼金|购物卡|财物)|收受?(?:红包|贿赂|好处费|回扣)|吃回扣|权钱交易|以权谋私|徇私舞弊|包养"
    r"|whistle-?blow|informant|bribe|embezzl|kickback|(?:i|we)(?:want|wish)to(?:report|accuse)",  # data
    re.IGNORECASE,
)
IDENTITY_NUMBER = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·•.．。、,，_*＊-]+")


def check(*texts: str, **fields: str) -> None:
    """Refuse texts that this system must not keep. ``fields`` are texts by the name of their field."""
    for name, text in [*((None, text) for text in texts), *fields.items()]:
        if said := objection(text):
            raise Refused(said, fields={name: said} if name else None)


def objection(text: str) -> str:
    """Why ``text`` may not be kept, or nothing. Signs put between the letters do not hide a word."""
    plain = unicodedata.normalize("NFKC", text or "")
    if ACCUSATION.search(_INVISIBLE.sub("", plain)):
        return _("文字像是检举控告。此类内容不在本系统受理，请拨打12388。未保存。")
    if IDENTITY_NUMBER.search(plain) or MOBILE.search(plain):
        return _("含身份证号或手机号，请遮盖后再提交。未保存。")
    return ""


def above_level() -> Refused:
    """The refusal for a matter of somebody managed above, or not known here: nothing of it is kept."""
    return Refused(
        _("该事项属于上级管理权限，不得在本系统登记。请按规定线下报送上一级纪检监察机关，已填内容未保存。"),
        status=403,
    )
