"""What is planted around tenders and contracts, and the lawful look-alikes beside it."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast, hold
from lianfang.demo.story import Row, Story, add_working_days, at, identity_number
from lianfang.demo.works import Site, ordinary_site
from lianfang.demo.works_plots import direct_site

OWNER = "U03"


def plot_tenders(story: Story, cast: Cast) -> None:
    for plot in (
        _not_tendered,
        _split,
        _invited,
        _periods,
        _contracts,
        _ranks,
        _even_prices,
        _same_machine,
        _same_account,
        _same_control,
        _kin,
    ):
        plot(story, cast)


def _site(story: Story, cast: Cast, **facts: object) -> Site:
    defaults = {
        "kind": "水利",
        "estimate": 16_000_000,
        "feasible": date(2022, 5, 16),
        "supplier": cast.firm("水利工程", 0),
    }
    return ordinary_site(story, cast, OWNER, **defaults | facts)  # type: ignore[arg-type]


def _not_tendered(story: Story, cast: Cast) -> None:
    """Works of four million yuan and more are tendered since 2018-06-01, of two million before (16号令)."""
    firm = cast.firm("市政工程", 3)
    big = direct_site(story, cast, 5_200_000, firm, date(2023, 6, 20))
    story.plant("BID-001", "contract", big.contract_id, why="520 万元施工合同直接发包")
    old = direct_site(story, cast, 3_000_000, firm, date(2017, 6, 20))
    story.plant("BID-001", "contract", old.contract_id, why="2017 年 300 万元施工合同直接发包,当时限额 200 万元")
    small = direct_site(story, cast, 3_000_000, cast.firm("市政工程", 4), date(2023, 6, 20))
    story.lookalike("BID-001", "contract", small.contract_id, why="2023 年 300 万元,低于 400 万元限额")
    urgent = direct_site(story, cast, 6_000_000, cast.firm("市政工程", 5), date(2023, 7, 20))
    urgent.project["is_emergency"] = True
    story.lookalike("BID-001", "contract", urgent.contract_id, why="应急抢险工程直接发包")


def _split(story: Story, cast: Cast) -> None:
    """One project cut into contracts below the limit (招标投标法 第4条)."""
    firm = cast.firm("市政工程", 6)
    site = direct_site(story, cast, 1_600_000, firm, date(2024, 3, 12))
    for week in (2, 4, 6):
        sign = date(2024, 3, 12) + timedelta(weeks=week)
        part = {"contract_id": story.next_id("HT"), "sign_date": sign, "accept_date": None}
        story.add("contract", **site.contract | part)
    story.plant(
        "BID-002",
        "contract",
        f"{site.project['unit_id']}/{site.id}/施工",
        why="同一项目、同一供应商四份 160 万元合同,合计 640 万元",
    )
    for month in (2, 4, 6, 8):
        lone = direct_site(story, cast, 1_600_000, cast.firm("市政工程", 7), date(2024, month, 18))
        story.lookalike(
            "BID-002",
            "contract",
            f"{lone.project['unit_id']}/{lone.id}/施工",
            why="同一供应商,四个互不相干的项目各一份",
        )


def _invited(story: Story, cast: Cast) -> None:
    """An invitation instead of an open tender needs an approval (招标投标法 第11条)."""
    without, approved = _site(story, cast), _site(story, cast)
    for site, number in ((without, None), (approved, "示发改审〔2022〕18号")):
        assert site.tender is not None
        site.tender |= {"method": "邀请", "approve_no": number, "approve_status": "有" if number else "无"}
    story.plant("BID-003", "tender", without.tender_id, why="依法必须招标而邀请招标,登记为无批准")
    story.lookalike("BID-003", "tender", approved.tender_id, why="邀请招标有批准文号")


def _periods(story: Story, cast: Cast) -> None:
    """Twenty days at least from the first day of the documents to the deadline (招标投标法 第24条)."""
    for days in (12, 20):
        site = _site(story, cast)
        assert site.tender is not None
        deadline = at(site.tender["doc_issue_date"] + timedelta(days=days), 9, 30)
        site.tender |= {"bid_deadline": deadline, "open_time": deadline}
        for bid in site.bids:
            bid["submit_time"] = deadline - timedelta(hours=story.rng.randint(2, 60))
        if days < 20:
            story.plant("BID-004", "tender", site.tender_id, why="文件发出到投标截止只有 12 天")
        else:
            story.lookalike("BID-004", "tender", site.tender_id, why="文件发出到投标截止恰为 20 天")


def _contracts(story: Story, cast: Cast) -> None:
    """The contract is signed within thirty days of the award and follows the bid (招标投标法 第46条)."""
    late = _site(story, cast)
    assert late.tender is not None
    late.contract["sign_date"] = late.tender["award_notice_date"] + timedelta(days=75)
    story.plant("BID-008", "contract", late.contract_id, why="中标通知书后 75 天签订合同")
    last_day = _site(story, cast)
    assert last_day.tender is not None
    last_day.contract["sign_date"] = last_day.tender["award_notice_date"] + timedelta(days=30)
    story.lookalike("BID-008", "contract", last_day.contract_id, why="第 30 天签订")

    higher = _site(story, cast)
    higher.contract["amount"] = round(higher.contract["amount"] * 1.06, 2)
    story.plant("BID-009", "contract", higher.contract_id, why="合同价高于中标价 6%")
    main = _site(story, cast)
    extra = story.add(
        "contract",
        **main.contract
        | {
            "contract_id": story.next_id("HT"),
            "parent_id": main.contract_id,
            "is_supplement": True,
            "sign_date": main.contract["sign_date"] + timedelta(days=240),
            "amount": round(main.contract["amount"] * 0.05, 2),
            "accept_date": None,
        },
    )
    for code in ("BID-008", "BID-009"):
        story.lookalike(code, "contract", extra["contract_id"], why="八个月后的补充合同,金额为主合同的 5%")


def _ranks(story: Story, cast: Cast) -> None:
    """The first candidate wins where the law binds the owner (招标投标法实施条例 第55条)."""
    for rule, why in ((None, "中标人不是第一名"), ("评定分离", "评定分离项目,招标人依规则定标")):
        site = _site(story, cast)
        assert site.tender is not None
        site.tender["award_rule"] = rule
        site.bids[0]["rank_no"], site.bids[1]["rank_no"] = 2, 1
        if rule is None:
            story.plant("BID-033", "tender", site.tender_id, why=why)
        else:
            story.lookalike("BID-033", "tender", site.tender_id, why=why)


def _even_prices(story: Story, cast: Cast) -> None:
    """Prices that climb in equal steps."""
    site = _site(story, cast)
    for step, bid in enumerate(site.bids):
        bid["price"] = round(site.contract["amount"] * (1 + step * 0.06), 2)
    story.plant("BID-015", "tender", site.tender_id, why="各家报价依次相差中标价的 6%")


def _same_machine(story: Story, cast: Cast) -> None:
    """Bids of competitors made on one machine (招标投标法实施条例 第40条)."""
    site = _site(story, cast)
    first, second = site.bids[1], site.bids[2]
    second |= {name: first[name] for name in ("ip", "mac", "machine_code", "lock_no")}
    story.plant("BID-011", "tender", site.tender_id, why="两家投标人网卡、机器码、锁号相同")
    blank = _site(story, cast)
    for bid in blank.bids:
        bid.update(dict.fromkeys(("ip", "mac", "machine_code", "lock_no")))
    story.lookalike("BID-011", "tender", blank.tender_id, why="设备信息全部空白")
    centre = _site(story, cast)
    shared = {name: centre.bids[0][name] for name in ("ip", "mac", "machine_code")}
    for bid in centre.bids:
        bid.update(shared, at_centre_terminal=True)
    story.lookalike("BID-011", "tender", centre.tender_id, why="都在交易中心公用终端上传")


def _same_account(story: Story, cast: Cast) -> None:
    """Deposits of competitors paid from one account (招标投标法实施条例 第40条)."""
    site = _site(story, cast)
    first, second = site.bids[1], site.bids[2]
    second["deposit_account"] = first["deposit_account"]
    story.plant("BID-012", "tender", site.tender_id, why="两家投标人的保证金出自同一账户")
    guarantee = _site(story, cast)
    for bid in guarantee.bids:
        bid.update(deposit_account="dep-guarantee", deposit_payer="鄂州市融资担保有限公司", deposit_form="保函")
    story.lookalike("BID-012", "tender", guarantee.tender_id, why="同一担保公司出具的保函")


def _same_control(story: Story, cast: Cast) -> None:
    """Bidders of one tender under one control (招标投标法实施条例 第34条)."""
    plots = (
        (0.6, None, "两家投标人由同一自然人控股"),
        (0.6, date(2021, 6, 30), "共同控股在招标一年前已结束"),
        (0.05, None, "只有共同的 5% 财务投资人"),
    )
    for number, (ratio, until, why) in enumerate(plots):
        site = _site(story, cast)
        person = identity_number(story.birth(1962, 1980))
        for bid, firm in zip(site.bids[1:3], cast.firms["工程咨询"][2 * number :], strict=False):
            bid.update(
                bidder_id=firm["company_id"],
                deposit_payer=firm["name"],
                deposit_account=f"dep-{firm['company_id'][-10:]}",
            )
            hold(story, firm, person, ratio, date(2019, 5, 6), until)
        if number == 0:
            story.plant("BID-014", "tender", site.tender_id, why=why)
        else:
            story.lookalike("BID-014", "tender", site.tender_id, why=why)


def _kin(story: Story, cast: Cast) -> None:
    """A contract of a unit with a firm that a relative of its official controls on the day of signing."""
    official = cast.clerk(OWNER, 0)
    spouse = _declare(story, official, "配偶")
    site = _site(story, cast, supplier=cast.firm("水利工程", 1))
    hold(story, cast.firm("水利工程", 1), spouse, 0.8, date(2019, 3, 4))
    story.plant("COI-001", "contract", site.contract_id, why="本单位干部配偶控股的企业承接本单位工程")

    bought_later = _site(story, cast, supplier=cast.firm("水利工程", 2))
    hold(story, cast.firm("水利工程", 2), spouse, 0.8, date(2024, 10, 8))
    story.lookalike("COI-001", "contract", bought_later.contract_id, why="合同签订一年多以后才取得股权")
    newcomer = cast.clerk(OWNER, 1)
    child = _declare(story, newcomer, "子女")
    before = _site(story, cast, supplier=cast.firm("水利工程", 3))
    hold(story, cast.firm("水利工程", 3), child, 0.7, date(2018, 3, 4))
    newcomer["post_since"] = before.contract["sign_date"] + timedelta(days=200)
    story.lookalike("COI-001", "contract", before.contract_id, why="该干部在合同签订二百天后才调入本单位")


def _declare(story: Story, official: Row, relation: str) -> str:
    key = identity_number(story.birth(1966, 2000))
    story.add(
        "relative",
        person_id=official["person_id"],
        relative_key=key,
        relation=relation,
        source="申报",
        declared_date=add_working_days(date(2022, 1, 10), 5),
    )
    return key
