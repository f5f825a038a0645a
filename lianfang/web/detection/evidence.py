"""The store of evidence: each finding's is sealed with a key of its own, and destroying the key destroys it."""

from __future__ import annotations

import hmac
import json
import os
import zlib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


@cache
def _office_key(secret: str) -> AESGCM:
    """The key that wraps the findings' keys, derived from the office's secret for this use alone."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lianfang evidence keys").derive(secret.encode())
    return AESGCM(made)


def _sealed(key: AESGCM, content: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, content, bound_to.encode())


def _opened(key: AESGCM, content: bytes, bound_to: str) -> bytes:
    return key.decrypt(content[:NONCE], content[NONCE:], bound_to.encode())


def new_key(finding_key: str) -> bytes:
    """A new key for the finding ``finding_key``, wrapped; it opens nothing without the office's secret."""
    return _sealed(_office_key(settings.EVIDENCE_SECRET), AESGCM.generate_key(256), f"key {finding_key}")


def seal(finding_key: str, wrapped: bytes, evidence: Mapping[str, Any]) -> bytes:
    """``evidence`` as only ``wrapped`` opens it, bound to its finding: it cannot be put under another."""
    return _sealed(_finding_key(finding_key, wrapped), zlib.compress(_written(evidence)), f"evidence {finding_key}")


def unseal(finding_key: str, wrapped: bytes, content: bytes) -> dict[str, Any]:
    """What ``seal`` sealed."""
    found: dict[str, Any] = json.loads(
        zlib.decompress(_opened(_finding_key(finding_key, wrapped), content, f"evidence {finding_key}"))
    )
    return found


def digest(evidence: Mapping[str, Any]) -> str:
    """A keyed digest of evidence: compared after the evidence itself is gone, and no help in guessing it."""
    return hmac.new(settings.EVIDENCE_SECRET.encode(), b"evidence:" + _written(evidence), sha256).hexdigest()


def _finding_key(finding_key: str, wrapped: bytes) -> AESGCM:
    return AESGCM(_opened(_office_key(settings.EVIDENCE_SECRET), bytes(wrapped), f"key {finding_key}"))


def _written(evidence: Mapping[str, Any]) -> bytes:
    return json.dumps(evidence, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
