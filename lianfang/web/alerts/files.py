"""Files of an alert: told from their content what they are, named by their digest, kept in the office's store."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lianfang.web.alerts.models import Alert, AnswerItem, Attachment
from lianfang.web.shared import clock
from lianfang.web.shared.refused import Refused

MOST = 20 * 2**20
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
}
ACCEPT = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.ofd"
_BEGINNINGS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}


def kind_of(content: bytes) -> str:
    """What a file is by its content, or nothing when it is none of the kinds that are taken."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                names = set(packed.namelist())
        except zipfile.BadZipFile:
            return ""
        if any(name.endswith("vbaProject.bin") for name in names):
            return ""
        return next((kind for part, kind in _PARTS.items() if part in names), "")
    return ""


def keep(
    alert: Alert,
    upload: UploadedFile[Any],
    *,
    by: str,
    is_screening: bool = False,
    item: AnswerItem | None = None,
) -> Attachment:
    """Keep one file; the same content is kept once for the same place."""
    if upload.size is None or upload.size > MOST:
        said = _("文件超过20MB。请压缩或拆开后再传。")
        raise Refused(said, fields={"file": said})
    content = upload.read()
    kind = kind_of(content)
    if not kind:
        said = _("不接受这种文件。请传PDF、图片、Word、Excel或OFD，不含宏。")
        raise Refused(said, fields={"file": said})
    digest = sha256(content).hexdigest()
    if standing := Attachment.objects.filter(alert=alert, item=item, digest=digest).first():
        return standing
    path = f"alerts/{alert.number}/{digest}.{kind}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(content))
    return Attachment.objects.create(
        alert=alert,
        item=item,
        is_screening=is_screening,
        name=(upload.name or digest)[-200:],
        kind=kind,
        size=len(content),
        digest=digest,
        path=path,
        by=by,
        at=clock.now(),
    )
