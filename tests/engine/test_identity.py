"""Identity numbers, accounts and telephones: what is one, what becomes of it, and the key."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from stdnum.cn import ric

from lianfang.engine import identity
from lianfang.engine.fault import Fault
from lianfang.engine.identity import Digester, Reading

KEY = bytes(range(64, 104))
DIGESTER = Digester(KEY)


def number(stem="42070419800101123"):
    """A made-up identity number with its check digit."""
    return stem + ric.calc_check_digit(stem + "0")


GOOD = number()
WRONG = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")
WITH_X = next(n for i in range(100, 400) if (n := number(f"42070419800101{i:03}")).endswith("X"))
COMPANY, VILLAGE = "91110000600037341L", "N2420704MF0123456"
VILLAGE += next(c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if identity.is_uscc(VILLAGE + c))


def test_digest_is_a_keyed_hash_of_label_and_number():
    expected = hmac.new(KEY, f"identity|{GOOD}".encode(), hashlib.sha256).hexdigest()
    assert identity.read_person_key(GOOD, DIGESTER) == Reading(f"p:{expected}", "identity")


def test_digest_with_sm3_is_another_of_the_same_form():
    found = identity.read_person_key(GOOD, Digester(KEY, "sm3")).text
    assert identity.DIGEST.fullmatch(found)
    assert found != identity.read_person_key(GOOD, DIGESTER).text


def test_forms_of_one_number_have_one_digest():
    forms = [WITH_X, WITH_X.lower(), f" {WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]} ", WITH_X.translate({ord("4"): "４"})]
    assert len({identity.read_person_key(form, DIGESTER).text for form in forms}) == 1


def test_old_number_of_15_digits_has_the_digest_of_the_new():
    assert identity.full_number(GOOD[:6] + GOOD[8:17]) == GOOD
    assert identity.read_person_key(GOOD[:6] + GOOD[8:17], DIGESTER) == identity.read_person_key(GOOD, DIGESTER)


@pytest.mark.parametrize("wrong", [WRONG, number("42070419800231123"), "4" * 18, "4" * 15, GOOD[:-1] + "Y"])
def test_numbers_that_cannot_be(wrong):
    assert identity.full_number(wrong) is None


def test_number_with_wrong_check_digit_is_invalid_among_person_keys():
    assert identity.read_person_key(WRONG, DIGESTER) == Reading(None, "invalid")


@pytest.mark.parametrize("code", ["K001", "person-12", "p:" + "0a" * 32, "13812345678", "1234567890123456789"])
def test_opaque_codes_pass(code):
    assert identity.read_person_key(code, DIGESTER) == Reading(code, "opaque")


def test_companies_pass_among_person_keys():
    assert identity.read_person_key(COMPANY.lower(), DIGESTER) == Reading(COMPANY, "company")
    assert identity.read_personal_text(COMPANY, None) == Reading(COMPANY, "company")


def test_without_a_key_an_identity_number_has_no_text():
    assert identity.read_person_key(GOOD, None) == Reading(None, "identity")
    assert identity.read_personal_text(GOOD, None) == Reading(None, "identity")
    assert identity.read_personal_text(WRONG, None) == Reading(None, "identity")


def test_kinds_of_numbers_cannot_be_linked():
    """The same digits under two labels have two digests."""
    account, phone = "622202123456789012", "13812345678"
    assert identity.read_personal_text(account, DIGESTER) == Reading(DIGESTER.digest("account", account), "account")
    assert identity.read_personal_text(phone, DIGESTER) == Reading(DIGESTER.digest("phone", phone), "phone")
    assert len({DIGESTER.digest(domain, phone) for domain in ("identity", "account", "phone")}) == 3


@pytest.mark.parametrize(
    ("text", "kind"),
    [("6222 0212 3456 7890 123", "account"), ("123456789012", "account"), ("12345678901", "opaque"),
     ("12" * 10, "opaque"),
     ("13812345678", "phone"), ("12812345678", "opaque"), ("张三", "opaque"), (WRONG, "account"),
     (WITH_X[:-2] + "9X", "invalid")],
)  # fmt: skip
def test_personal_texts(text, kind):
    found = identity.read_personal_text(text, DIGESTER)
    assert found.kind == kind
    assert (found.text == text) == (kind == "opaque")


def test_accounts_and_telephones_stay_without_a_key():
    assert identity.read_personal_text("13812345678", None) == Reading("13812345678", "phone")


def test_identity_number_that_is_a_credit_code_by_chance_is_a_persons():
    twice = [n for serial in range(100, 400) if identity.is_uscc(n := number(f"42070419800101{serial:03}"))]
    assert twice
    for one in twice:
        assert identity.read_personal_text(one, DIGESTER) == Reading(DIGESTER.digest("identity", one), "identity")
        assert identity.read_personal_text(one, None) == Reading(None, "identity")


def test_credit_codes():
    assert identity.is_uscc(COMPANY)
    assert identity.is_uscc(VILLAGE)
    assert not identity.is_uscc("91110000600037341M")
    assert not identity.is_uscc("91110000600037341I")
    assert identity.looks_like_uscc("91110000600037341M")
    assert not identity.looks_like_uscc(GOOD)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", "*"), ("张", "张*"), ("张三", "张*"), ("K001", "K***"), ("1234567", "1***"), ("12345678", "123***78"),
     (GOOD, "420***" + GOOD[-2:])],
)  # fmt: skip
def test_masked(value, shown):
    assert identity.masked(value) == shown


def test_numbers_of_persons_are_masked_in_running_text():
    assert identity.masked_numbers(f"付张三{GOOD},电话13812345678") == f"付张三420***{GOOD[-2:]},电话138***78"
    assert identity.masked_numbers("合同号 202403050000012345678") == "合同号 202403050000012345678"


def test_line_end_belongs_to_a_key_of_random_bytes_and_not_to_a_typed_one(tmp_path):
    path = tmp_path / "key"
    for content, key in (
        (KEY.hex().encode() + b"\r\n", KEY.hex().encode()),
        (b"\xff" + KEY + b"\n", b"\xff" + KEY + b"\n"),
    ):
        path.write_bytes(content)
        path.chmod(0o600)
        assert identity.load_key(path) == key


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [(b"short", 0o600, "不足"), (b"0" * 64, 0o600, "过于简单"), (KEY, 0o640, "他人"), (KEY, 0o604, "他人"),
     (KEY[:31], 0o600, "不足")],
)  # fmt: skip
def test_weak_or_open_keys_are_refused(tmp_path, content, mode, words):
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(Fault, match=words):
        identity.load_key(path)


def test_missing_key_is_a_fault(tmp_path):
    with pytest.raises(Fault, match="无法读取"):
        identity.load_key(tmp_path / "none")


def test_fingerprint_tells_keys_and_algorithms_apart_and_shows_neither():
    found = {Digester(key, name).fingerprint() for key in (KEY, KEY[::-1]) for name in identity.ALGORITHMS}
    assert len(found) == 4
    assert str(KEY)[2:-1] not in repr(DIGESTER)
