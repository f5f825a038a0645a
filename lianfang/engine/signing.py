"""Signed run folders: who made a run is proved by an Ed25519 signature over its manifest, which names every file."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lianfang.engine.fault import Fault, say

SIGNATURE = "signature.json"
MANIFEST = "manifest.json"


def new_signing_key(path: Path) -> Path:
    """Make a private key at ``path`` (mode 0600) and its public key beside it as ``<path>.pub``; returns the latter."""
    public_path = path.with_name(path.name + ".pub")
    if public_path.exists():
        raise _taken(public_path)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_secret(path, private)
    public_path.write_bytes(public)
    return public_path


def _taken(path: Path) -> Fault:
    return Fault(str(path), say("文件已存在。", "the file exists."), say("换一个文件名。", "choose another name."))


def write_secret(path: Path, secret: bytes) -> None:
    """Write ``secret`` to a new file only its owner can read; an existing file is never overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise Fault(
            str(path),
            say("不能写:", "cannot write: ") + str(error.strerror),
            say("换一个可写的位置。", "choose a place you may write."),
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(secret)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a file; raises Fault when there is none."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Fault(
            str(path),
            say("不是可用的 Ed25519 私钥。", "not a usable Ed25519 private key."),
            say("用 lianfang keygen --signing 生成。", "make one with lianfang keygen --signing."),
        )
    return key


def _read_public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Fault(
            str(path),
            say("不是可用的 Ed25519 公钥。", "not a usable Ed25519 public key."),
            say("给出 lianfang keygen --signing 写的 .pub 文件。", "name the .pub file of lianfang keygen --signing."),
        )
    return key


def sign(folder: Path, key_path: Path) -> None:
    """Sign the manifest of a run folder."""
    key = read_private_key(key_path)
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    signature = key.sign((folder / MANIFEST).read_bytes())
    text = json.dumps(
        {"algorithm": "Ed25519", "public_key": _text(public), "signature": _text(signature)}, indent=2, sort_keys=True
    )
    (folder / SIGNATURE).write_text(text + "\n", encoding="utf-8")


def verify(folder: Path, trusted: Path | None = None) -> Mapping[str, object]:
    """Check that a run folder is whole and as its maker signed it; returns its manifest.

    With ``trusted`` the signature must be by that public key; without, an unsigned run passes if it is whole.
    """
    manifest = read_manifest(folder)
    files = manifest["files"]
    listed = set(files) | {MANIFEST, SIGNATURE, "timing.json"}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.relative_to(folder).as_posix() not in listed:
            raise _broken(path, say("清单中没有这个文件。", "the manifest does not name this file."))
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise _broken(path, say("与清单的摘要不符。", "it does not match the manifest's digest."))
    _verify_signature(folder, trusted)
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or "as_of" not in manifest or not isinstance(manifest.get("files"), dict):
            raise ValueError
    except (OSError, ValueError):
        raise Fault(
            str(folder),
            say("不是运行文件夹:没有可读的 manifest.json。", "not a run folder: there is no readable manifest.json."),
            say("给出 lianfang scan --out 写的文件夹。", "name a folder that lianfang scan --out wrote."),
        ) from None
    return manifest


def _verify_signature(folder: Path, trusted: Path | None) -> None:
    path, expected = folder / SIGNATURE, None if trusted is None else _read_public_key(trusted)
    if not path.exists():
        if expected is not None:
            raise _broken(path, say("没有签名。", "there is no signature."))
        return
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(stated["public_key"]))
        if expected is not None and key != expected:
            raise _broken(path, say("签名者不是所信任的。", "the signer is not the trusted one."))
        key.verify(base64.b64decode(stated["signature"]), (folder / MANIFEST).read_bytes())
    except (InvalidSignature, ValueError, KeyError, TypeError, OSError):
        raise _broken(path, say("签名不成立。", "the signature does not hold.")) from None


def _broken(path: Path, what: str) -> Fault:
    return Fault(str(path), what, say("请运行的提供者重新交付。", "ask whoever made the run to hand it over again."))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
