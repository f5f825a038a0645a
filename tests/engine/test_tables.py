"""The table definitions hold together, and the templates made of them can be read back."""

from __future__ import annotations

import re
import zipfile

import pytest
from defusedxml import ElementTree
from python_calamine import CalamineWorkbook

from lianfang.engine.fault import Fault
from lianfang.engine.tables import SENSITIVITIES, TYPES, document, tables, templates

SHEET_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
DATED = ("date", "timestamp")
NUMBERS = ("int", "money", "ratio", "quantity")
# key, and type of some columns, as outside systems already deliver them
FROZEN = {
    "project": (("project_id",), {"feasibility_date": "date", "approved_budget": "money", "is_emergency": "bool"}),
    "tender": (("tender_id",), {"bid_deadline": "timestamp", "regime": "code", "award_price": "money"}),
    "bid": (("bid_id",), {"pm_key": "person_key", "price": "money", "submit_time": "timestamp"}),
    "bid_similarity": (("tender_id", "bidder_a", "bidder_b"), {"text_sim": "ratio", "price_same_rate": "ratio"}),
    "contract": (("contract_id",), {"prepay_ratio": "ratio", "retention_due": "date", "procure_mode": "code"}),
    "payment": (("payment_id",), {"amount": "money", "cumulative_progress": "money", "payee_id": "text"}),
    "land_parcel": (("parcel_id",), {"far_now": "quantity", "deal_price": "money", "mode": "code"}),
    "subsidy_payment": (("pay_id",), {"person_key": "person_key", "qty": "quantity", "account_no": "text"}),
    "penalty_case": (("case_id",), {"fine": "money", "legal_review_date": "date", "collect_mode": "code"}),
    "license_case": (("case_id",), {"receive_time": "timestamp", "fee": "money"}),
    "expense_claim": (("claim_id",), {"official_letter": "bool", "std_amount": "money"}),
    "village_contract": (("vc_id",), {"vote_ratio": "ratio", "area_mu": "quantity"}),
    "award": (("tender_id", "award_id"), {"status": "code", "amount": "money"}),
    "event": (("log_id", "case_id", "seq"), {"seq": "int", "start_time": "timestamp"}),
}
# values that the reference rules compare with: another spelling would silence them
LITERALS = {
    ("contract", "procure_mode"): {"直接", "采购"},
    ("contract", "ctype"): {"施工", "货物", "设计", "勘察", "监理", "分包", "造价", "代理"},
    ("tender", "method"): {"公开", "邀请", "单一来源", "直接发包", "竞谈"},
    ("tender", "regime"): {"ZB", "CG"},
    ("med_claim", "visit_type"): {"住院", "门诊", "购药", "手工报销"},
    ("relative", "relation"): {"配偶", "子女", "子女配偶", "父母"},
    ("penalty_case", "outcome"): {"处罚", "不予处罚", "撤案", "移送"},
    ("penalty_case", "collect_mode"): {"当场"},
    ("pension_payment", "scheme"): {"企业职工", "机关事业", "城乡居民", "高龄津贴"},
    ("warning", "status"): {"已送达", "整改中", "不成立", "撤销", "并案", "升级结案"},
}


def every_column():
    return [(table, column) for table in tables().values() for column in table.columns.values()]


@pytest.mark.parametrize("name", FROZEN)
def test_tables_keep_the_names_that_outside_data_uses(name):
    key, columns = FROZEN[name]
    table = tables()[name]
    assert table.key == key
    assert {column: table.columns[column].type for column in columns} == columns


@pytest.mark.parametrize("table, column", LITERALS)
def test_code_lists_hold_the_values_that_rules_compare_with(table, column):
    assert LITERALS[table, column] <= set(tables()[table].columns[column].codes)


def test_tables_and_groups_are_described():
    titles = document.group_titles()
    for table in tables().values():
        assert table.group in titles, table.name
        for said in (table.zh, table.en, table.row_zh, table.row_en, table.refresh, table.source):
            assert said.strip(), table.name
    assert {table.group for table in tables().values()} == set(titles)
    assert len({table.zh for table in tables().values()}) == len(tables())


def test_columns_have_names_and_known_types():
    for table, column in every_column():
        where = f"{table.name}.{column.name}"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name), where
        assert column.zh.strip(), where
        assert re.search(r"[A-Za-z]", column.en), where
        assert column.type in TYPES, where
        assert column.sensitivity in SENSITIVITIES, where
        assert not column.zh.endswith("*"), where


def test_no_table_says_one_chinese_name_twice():
    for table in tables().values():
        said = [column.zh for column in table.columns.values()]
        assert len(said) == len(set(said)), table.name


def test_keys_are_columns_and_single_keys_are_required():
    for table in tables().values():
        assert table.key, table.name
        assert set(table.key) <= set(table.columns), table.name
        assert any(table.columns[part].required for part in table.key), table.name
        if len(table.key) == 1:
            assert table.columns[table.key[0]].required, table.name


def test_days_of_knowledge_are_dates_that_have_happened():
    for table, column in every_column():
        if column.known_at:
            assert table.columns[column.known_at].type in DATED, f"{table.name}.{column.name}"
            assert not table.columns[column.known_at].planned, f"{table.name}.{column.name}"
            assert column.type not in DATED, f"{table.name}.{column.name}"
    for table in tables().values():
        for name in table.known_at:
            assert table.columns[name].type in DATED, f"{table.name}.{name}"
            assert not table.columns[name].planned, f"{table.name}.{name}"


def test_only_dates_are_planned():
    assert all(column.type in DATED for _, column in every_column() if column.planned)


@pytest.mark.parametrize(
    "where",
    ["calendar.day", "tender.bid_deadline", "land_parcel.fee_due", "person.retire_date", "contract.retention_due",
     "tender.candidate_end", "discretion_rule.effective_from", "rule_param.effective_from", "warning.due_date"],
)  # fmt: skip
def test_dates_that_may_lie_ahead_are_planned(where):
    table, column = where.split(".")
    assert tables()[table].columns[column].planned


def test_status_columns_record_one_other_column_each():
    for table in tables().values():
        recorded = [column.of for column in table.columns.values() if column.type == "status"]
        assert len(recorded) == len(set(recorded)), table.name
        for column in table.columns.values():
            assert (column.type == "status") == (column.of is not None), f"{table.name}.{column.name}"
            if column.of:
                assert column.of in table.columns, f"{table.name}.{column.name}"
                assert table.columns[column.of].type != "status", f"{table.name}.{column.name}"
                assert not column.required, f"{table.name}.{column.name}"


def test_references_lead_to_key_columns():
    for table, column in every_column():
        if column.ref:
            target, part = column.ref.split(".")
            assert part in tables()[target].key, f"{table.name}.{column.name}"
            assert tables()[target].columns[part].type == column.type, f"{table.name}.{column.name}"


def test_codes_stand_on_code_columns_only():
    for table, column in every_column():
        assert (column.type == "code") == bool(column.codes), f"{table.name}.{column.name}"
        assert len(column.codes) == len(set(column.codes)), f"{table.name}.{column.name}"
        assert column.codes or not column.open_codes, f"{table.name}.{column.name}"


def test_a_synonym_means_one_code_and_is_none_itself():
    for table, column in every_column():
        words = [word for word, _ in column.synonyms]
        assert len(words) == len(set(words)), f"{table.name}.{column.name}"
        assert not {*words} & {*column.codes}, f"{table.name}.{column.name}"
        assert {code for _, code in column.synonyms} <= {*column.codes}, f"{table.name}.{column.name}"


def test_limits_stand_on_numbers_and_are_in_order():
    for table, column in every_column():
        if column.minimum is not None or column.maximum is not None:
            assert column.type in NUMBERS, f"{table.name}.{column.name}"
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum < column.maximum, f"{table.name}.{column.name}"


def test_payments_and_changes_may_be_negative():
    for where in ("payment.amount", "contract_change.amount", "subsidy_payment.amount", "med_claim.fund_pay"):
        table, column = where.split(".")
        assert tables()[table].columns[column].minimum is None, where


def test_columns_about_persons_are_personal():
    for table, column in every_column():
        told = column.type == "person_key" or re.search(
            r"^(household_id|plate_hash|phone_hash|reg_phone|reporter_hash|diag_code|birth_date)$|account_no|payee_account",
            column.name,
        )
        if told:
            assert column.sensitivity == "personal", f"{table.name}.{column.name}"


def test_columns_for_persons_or_firms_are_personal_text_and_say_so():
    mixed = [(t.name, c.name) for t, c in every_column() if c.note == "企业为统一社会信用代码,自然人为匿名键"]
    assert ("company_holder", "holder_key") in mixed
    assert ("payment", "payee_id") in mixed
    for table, column in mixed:
        found = tables()[table].columns[column]
        assert (found.type, found.sensitivity) == ("text", "personal"), f"{table}.{column}"


def test_machine_made_values_are_on_the_stop_lists():
    bid = tables()["bid"].columns
    assert "Administrator" in bid["doc_author"].defaults
    assert "00:00:00:00:00:00" in bid["mac"].defaults
    assert "127.0.0.1" in bid["ip"].defaults
    assert "无" in tables()["expense_claim"].columns["invoice_no"].defaults


# --- the documentation page -------------------------------------------------------------------------------------


def test_the_page_lists_every_table_and_column():
    text = document.markdown()["tables.md"]
    for table in tables().values():
        section = text.split(f"· `{table.name}`\n", 1)[1].split("\n### ", 1)[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in rows] == list(table.columns), table.name
        assert all(len(re.findall(r"(?<!\\)\|", line)) == 10 for line in rows), table.name


# --- the templates ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return templates.write_templates(tmp_path_factory.mktemp("templates"))


def sheet_rules(path):
    """The data validations of the first sheet: (column letter, rule element)."""
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [
        (rule.get("sqref").split(":")[0].rstrip("0123456789"), rule) for rule in root.iter(f"{SHEET_XML}dataValidation")
    ]


def test_every_table_that_is_filled_in_has_a_template(written):
    wanted = {table.name for table in tables().values() if table.group != "office"}
    assert {path.name for path in written} == {templates.file_name(tables()[name]) for name in wanted}


def test_headers_are_the_chinese_column_names(written):
    by_name = {templates.file_name(table): table for table in tables().values()}
    for path in written:
        table = by_name[path.name]
        book = CalamineWorkbook.from_path(path)
        assert book.sheet_names[:2] == [templates.sheet_name(table), "说明"]
        (headers,) = book.get_sheet_by_index(0).to_python()
        assert [text.removesuffix("*") for text in headers] == [column.zh for column in table.columns.values()]
        assert [text.endswith("*") for text in headers] == [column.required for column in table.columns.values()]
        notes = book.get_sheet_by_name("说明").to_python()
        assert [row[2] for row in notes[notes.index(list(templates.HEADINGS)) + 1 :]] == list(table.columns)


def test_lists_fit_into_excel_or_stand_on_the_hidden_sheet(written):
    by_name = {templates.file_name(table): table for table in tables().values()}
    offered = 0
    for path in written:
        columns = list(by_name[path.name].columns.values())
        lists = [rule for _, rule in sheet_rules(path) if rule.get("type") == "list"]
        assert len(lists) == sum(bool(templates.choices(column)) for column in columns), path.name
        for rule in lists:
            formula = rule.findtext(f"{SHEET_XML}formula1")
            assert formula.startswith("'代码'!") or len(formula.strip('"')) <= 255, path.name
            assert len(rule.get("error")) <= 255
            offered += 1
    assert offered > 100


def test_a_list_beyond_excels_limit_goes_to_the_hidden_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(templates, "LIST_LIMIT", 10)
    (path,) = templates.write_templates(tmp_path, ["contract"])
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["合同", "说明", "代码"]
    position = list(tables()["contract"].columns).index("ctype")
    letter = templates.xl_col_to_name(position)
    codes = tables()["contract"].columns["ctype"].codes
    formulas = {column: rule.findtext(f"{SHEET_XML}formula1") for column, rule in sheet_rules(path)}
    assert formulas[letter] == f"'代码'!${letter}$1:${letter}${len(codes)}"
    with zipfile.ZipFile(path) as archive:
        states = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{SHEET_XML}sheet")
        assert [sheet.get("state") for sheet in states] == [None, None, "hidden"]


def test_columns_are_checked_by_type(tmp_path):
    (path,) = templates.write_templates(tmp_path, ["project"])
    letters = {templates.xl_col_to_name(i): c for i, c in enumerate(tables()["project"].columns.values())}
    rules = {letters[letter].name: rule for letter, rule in sheet_rules(path)}
    assert rules["feasibility_date"].get("type") == "date"
    assert rules["approved_budget"].get("type") == "decimal"
    assert rules["plan_days"].get("type") == "whole"
    assert rules["is_emergency"].findtext(f"{SHEET_XML}formula1") == '"是,否"'
    assert rules["feasibility_status"].findtext(f"{SHEET_XML}formula1") == '"有,无,不详"'
    assert rules["category"].get("errorStyle") == "warning"
    assert "project_id" not in rules


def test_identifier_columns_are_text_cells(tmp_path):
    (path,) = templates.write_templates(tmp_path, ["company"])
    with zipfile.ZipFile(path) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    cells = list(styles.find(f"{SHEET_XML}cellXfs"))
    first = sheet.find(f"{SHEET_XML}cols")[0]
    assert cells[int(first.get("style"))].get("numFmtId") == "49"  # Excel's text format


def test_templates_of_the_same_definitions_are_identical(tmp_path):
    (first,) = templates.write_templates(tmp_path / "a", ["bid"])
    (second,) = templates.write_templates(tmp_path / "b", ["bid"])
    assert first.read_bytes() == second.read_bytes()


def test_a_filled_file_is_refused_and_nothing_is_written(tmp_path):
    (filled,) = templates.write_templates(tmp_path, ["bid"])
    before = filled.read_bytes()
    with pytest.raises(Fault):
        templates.write_templates(tmp_path, ["contract", "bid"])
    assert [path.name for path in tmp_path.iterdir()] == [filled.name]
    assert filled.read_bytes() == before


def test_an_empty_file_is_replaced(tmp_path):
    target = tmp_path / templates.file_name(tables()["bid"])
    target.touch()
    assert templates.write_templates(tmp_path, ["bid"]) == [target]
    assert target.stat().st_size > 0


def test_a_failure_halfway_leaves_nothing(tmp_path, monkeypatch):
    moved = templates.os.replace

    def replace_until_contract(draft, target):
        if "contract" in str(target):
            raise OSError("disk full")
        moved(draft, target)

    monkeypatch.setattr(templates.os, "replace", replace_until_contract)
    with pytest.raises(Fault):
        templates.write_templates(tmp_path, ["bid", "contract"])
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_table_is_refused(tmp_path):
    with pytest.raises(Fault) as caught:
        templates.write_templates(tmp_path / "new", ["no_such_table"])
    assert caught.value.where == "no_such_table"
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(Fault):
        templates.write_templates(tmp_path / "taken", ["bid"])
