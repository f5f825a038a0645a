"""Identity numbers, accounts and telephones become keyed digests at reading; nothing else of them is kept."""

from __future__ import annotations

import hmac
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from stdnum.cn import ric, uscc

from lianfang.engine.fault import Fault, say

KEY_BYTES = 32  # at least
ALGORITHMS = ("sha256", "sm3")
# Each kind of number is digested under its own label, so that none can be linked with another kind.
Domain = Literal["identity", "account", "phone"]

DIGEST = re.compile(r"p:[0-9a-f]{64}")
# Only texts of these characters can be one of the numbers looked for: a cheap sieve in SQL before Python looks.
SIEVE = r"[0-9０-９][0-9０-９ -]{9,22}[0-9０-９XxＸｘ]"
_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(
    rf"{_PROVINCES}\d{{4}}(?:(?:18|19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dX]|\d{{2}}{_MONTH_DAY}\d{{3}})"
)
IDENTITY = _IDENTITY.pattern  # for SQL
_IDENTITY_LENGTH = re.compile(r"\d{15}|\d{17}[\dX]")
_OTHER_NUMBERS: dict[Domain, re.Pattern[str]] = {
    "phone": re.compile(r"1[3-9]\d{9}"),
    "account": re.compile(r"\d{12,19}"),
}
_USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_USCC = re.compile(r"[1-9A-Y][0-9A-Y]\d{6}[0-9A-Y]{10}")
# In running text: an identity number or a telephone that no other digit touches.
_INSIDE = re.compile(rf"(?<!\d)(?:{_IDENTITY.pattern}|1[3-9]\d{{9}})(?!\d)", re.IGNORECASE)


# ---- the key -------------------------------------------------------------------------------------------------


def load_key(path: Path) -> bytes:
    """The key of a file that is long enough and readable by nobody but its owner."""
    try:
        mode, key = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise Fault(
            str(path),
            say("密钥文件无法读取。", f"the key file cannot be read ({error.strerror})."),
            say("检查路径,或用 lianfang keygen 生成。", "check the path, or make one with `lianfang keygen`."),
        ) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Fault(
            str(path),
            say("密钥文件可被他人读取。", "the key file is open to other users."),
            say("执行 chmod 600。", "run `chmod 600` on it."),
        )
    if key.isascii():  # a key typed as text ends with its line; of random bytes each one counts
        key = key.rstrip(b"\r\n")
    if len(key) < KEY_BYTES or len(set(key)) < 8:
        raise Fault(
            str(path),
            say(f"密钥不足 {KEY_BYTES} 字节或过于简单。", f"the key is shorter than {KEY_BYTES} bytes or too simple."),
            say("用 lianfang keygen 生成。", "make one with `lianfang keygen`."),
        )
    return key


@dataclass(frozen=True, repr=False)
class Digester:
    """HMAC with the office's key of ``label|normalised number``, as ``p:`` and 64 hexadecimal digits."""

    key: bytes
    algorithm: str = "sha256"

    def digest(self, domain: Domain, number: str) -> str:
        message = f"{domain}|{number}".encode()
        if self.algorithm == "sha256":
            return "p:" + hmac.digest(self.key, message, "sha256").hex()
        keyed = HMAC(self.key, hashes.SM3())
        keyed.update(message)
        return "p:" + keyed.finalize().hex()

    def fingerprint(self) -> str:
        """Eight digits by which two datasets tell whether their digests can be compared."""
        return self.digest("identity", "fingerprint of the key")[2:10]


# ---- what a number is ----------------------------------------------------------------------------------------


def normalised(value: str) -> str:
    """The number in half width, without spaces and hyphens, letters upper case."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", value)).upper()


def full_number(number: str) -> str | None:
    """The valid 18-digit identity number that a normalised number of 15 or 18 places states, or None."""
    if not _IDENTITY_LENGTH.fullmatch(number):
        return None
    if len(number) == 15:
        number = number[:6] + "19" + number[6:]
        number += ric.calc_check_digit(number + "0")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    # stdnum's own validate() also asks for the place of issue, which its list does not know for every year.
    return number if born.year >= 1850 and ric.calc_check_digit(number) == number[-1] else None


def has_identity_length(value: str) -> bool:
    """Whether a value has the length and characters of an identity number."""
    return _IDENTITY_LENGTH.fullmatch(normalised(value)) is not None


def looks_like_identity(value: str) -> bool:
    """Whether a value has a province, a birth date and the length of an identity number."""
    return _IDENTITY.fullmatch(normalised(value)) is not None


def looks_like_uscc(number: str) -> bool:
    """Whether a normalised value has the form of a unified social credit code; its check digit may be wrong."""
    return _USCC.fullmatch(number) is not None and not looks_like_identity(number)


def is_uscc(number: str) -> bool:
    """Whether a normalised value is a unified social credit code with a right check digit."""
    # stdnum's own validate() refuses codes that begin with a letter, as those of village collectives do.
    return len(number) == 18 and set(number) <= _USCC_ALPHABET and uscc.calc_check_digit(number) == number[-1]


@dataclass(frozen=True)
class Reading:
    """What becomes of one personal value: ``text`` is None when the value is no valid number."""

    text: str | None
    kind: Literal["identity", "account", "phone", "company", "opaque", "invalid"]


def read_person_key(value: str, digester: Digester | None) -> Reading:
    """A value of a column of person keys: numbers are digested, company codes and opaque codes pass.

    Without a digester an identity number comes back as its kind only; the caller refuses the column.
    """
    number = normalised(value)
    if not _IDENTITY_LENGTH.fullmatch(number):
        return Reading(number, "company") if is_uscc(number) else Reading(value, "opaque")
    full = full_number(number)
    if full is None:
        return Reading(number, "company") if is_uscc(number) else Reading(None, "invalid")
    return Reading(digester.digest("identity", full) if digester else None, "identity")


def read_personal_text(value: str, digester: Digester | None) -> Reading:
    """A value of a text column: what is a number of a person, an account or a telephone is digested."""
    number = normalised(value)
    full = full_number(number) if _IDENTITY.fullmatch(number) else None
    # One valid identity number in 31 passes the check of a credit code by chance: it is a person's all the same.
    if not full and is_uscc(number):
        return Reading(number, "company")
    if _IDENTITY.fullmatch(number):
        if full or not digester:
            return Reading(digester.digest("identity", full) if digester and full else None, "identity")
        if not number.isdigit():  # no account ends in X: this is an identity number with a slip
            return Reading(None, "invalid")
    for domain, pattern in _OTHER_NUMBERS.items():
        if pattern.fullmatch(number):
            return Reading(digester.digest(domain, number) if digester else value, domain)
    return Reading(value, "opaque")


def masked(value: str) -> str:
    """The value as it may stand in a message: never more than its first 3 and last 2 characters."""
    if len(value) <= 7:
        return value[:1] + "*" * min(max(len(value) - 1, 1), 3)
    return f"{value[:3]}***{value[-2:]}"


def masked_numbers(text: str) -> str:
    """A text in which numbers of persons are masked: they may stand where none is expected."""
    return _INSIDE.sub(lambda found: masked(found[0]), text)
