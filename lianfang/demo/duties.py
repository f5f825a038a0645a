"""The chapter of cadres and daily duty: appointments, tasks, complaints, official cars, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story, add_working_days, at

APPOINTMENTS, TASKS, COMPLAINTS, CARS, FUELLINGS = 80, 120, 300, 24, 30


def build_duties(story: Story, cast: Cast) -> None:
    for number in range(APPOINTMENTS):
        appointment(story, cast, cast.units[number % len(cast.units)], 4 + number % 8)
    for number in range(TASKS):
        task(story, cast.units[number % len(cast.units)], story.working_day(date(2023, 3, 1), date(2024, 8, 30)))
    for number in range(COMPLAINTS):
        complaint(story, cast.units[number % len(cast.units)], story.working_day(date(2023, 2, 1), date(2024, 11, 20)))
    for number in range(CARS):
        _car(story, cast.units[number % len(cast.units)], story.rng.choice((55, 60, 70, 80)))


def plot_duties(story: Story, cast: Cast) -> None:
    for plot in (_served, _publicity, _overdue, _late_answers, _fuel):
        plot(story, cast)


def appointment(story: Story, cast: Cast, unit: str, clerk: int) -> Row:
    """A promotion with every step in order, enough months served and a week of publicity."""
    motion = story.working_day(date(2022, 2, 7), date(2024, 6, 28))
    start = add_working_days(motion, 25)
    appointed = add_working_days(start, 9)
    return story.add(
        "appointment",
        appt_id=story.next_id("RM"),
        unit_id=unit,
        person_id=cast.clerk(unit, clerk)["person_id"],
        from_rank=3,
        to_rank=4,
        motion_date=motion,
        recommend_date=add_working_days(motion, 6),
        inspect_date=add_working_days(motion, 13),
        archive_ok=True,
        report_ok=True,
        discipline_ok=True,
        petition_ok=True,
        discuss_date=add_working_days(motion, 20),
        should_attend=9,
        attended=8,
        publicity_start=start,
        publicity_end=add_working_days(start, 5),
        appoint_date=appointed,
        from_rank_since=appointed - timedelta(days=365 * story.rng.randint(3, 6)),
        need_months=24,
        is_exception=False,
    )


def task(story: Story, unit: str, assigned: date) -> Row:
    due = assigned + timedelta(days=45)
    facts = {"assigned_date": assigned, "due_date": due, "done_date": due - timedelta(days=story.rng.randint(1, 20))}
    return story.add("supervise_task", task_id=story.next_id("DB"), unit_id=unit, **facts)


def complaint(story: Story, unit: str, received: date) -> Row:
    due, closed = add_working_days(received, 10), add_working_days(received, story.rng.randint(2, 9))
    return story.add(
        "complaint",
        complaint_id=story.next_id("TS"),
        channel="12345",
        unit_id=unit,
        topic=story.rng.choice(("推诿拖延", "态度", "其他")),
        receive_time=at(received, 10, story.rng.randint(0, 59)),
        due_time=at(due, 18),
        reply_time=at(closed, 11),
        close_time=at(closed, 15),
        solved=True,
        satisfied=story.rng.random() < 0.85,
    )


def _car(story: Story, unit: str, tank: int) -> None:
    car = story.next_id("GC")
    story.add("official_vehicle", vehicle_id=car, unit_id=unit, vclass="一般公务", tank_l=tank, std_l100=9)
    for number in range(FUELLINGS):
        litres = round(tank * story.rng.uniform(0.5, 0.95), 2)
        day = date(2023, 1, 10) + timedelta(days=24 * number)
        facts = {"liters": litres, "amount": round(litres * 7.8, 2), "fuel_kind": "92"}
        story.add("fuel_record", fuel_id=story.next_id("JY"), vehicle_id=car, fuel_time=at(day, 16), **facts)


def _served(story: Story, cast: Cast) -> None:
    """Months served are whole months; an approved exception is one (党政领导干部选拔任用工作条例)."""
    short = appointment(story, cast, "U02", 12)
    short["from_rank_since"] = short["appoint_date"] - timedelta(days=400)
    story.plant("CAD-001", "appointment", short["appt_id"], why="任下一级职务 13 个月,要求 24 个月")
    exception = appointment(story, cast, "U03", 12)
    exception["from_rank_since"] = exception["appoint_date"] - timedelta(days=400)
    exception.update(is_exception=True, exception_no="示组批〔2023〕7号")
    story.lookalike("CAD-001", "appointment", exception["appt_id"], why="经批准的破格提拔")


def _publicity(story: Story, cast: Cast) -> None:
    short = appointment(story, cast, "U04", 12)
    short["publicity_end"] = add_working_days(short["publicity_start"], 2)
    story.plant("CAD-003", "appointment", short["appt_id"], why="任前公示只有 3 个工作日")
    least = appointment(story, cast, "U09", 12)
    least["publicity_end"] = add_working_days(least["publicity_start"], 4)
    story.lookalike("CAD-003", "appointment", least["appt_id"], why="首尾都算,恰为 5 个工作日")


def _overdue(story: Story, cast: Cast) -> None:
    late = task(story, "U10", date(2024, 3, 4))
    late["done_date"] = late["due_date"] + timedelta(days=50)
    story.plant("STY-007", "supervise_task", late["task_id"], why="督办事项超期 50 天才完成")
    on_day = task(story, "U10", date(2024, 3, 5))
    on_day["done_date"] = on_day["due_date"]
    story.lookalike("STY-007", "supervise_task", on_day["task_id"], why="到期当天完成")


def _late_answers(story: Story, cast: Cast) -> None:
    late = complaint(story, "U09", date(2024, 5, 13))
    late["close_time"] = at(add_working_days(late["due_time"].date(), 12), 15)
    story.plant("STY-001", "complaint", late["complaint_id"], why="超过办理时限 12 个工作日才办结")


def _fuel(story: Story, cast: Cast) -> None:
    car = story.tables["official_vehicle"][3]
    for times, why in ((1.6, "一次加油为油箱容积的 160%"), (1.0, "恰好加满")):
        litres = car["tank_l"] * times
        facts = {"fuel_time": at(date(2024, 10, 18), 20), "liters": litres, "amount": round(litres * 7.8, 2)}
        row = story.add(
            "fuel_record", fuel_id=story.next_id("JY"), vehicle_id=car["vehicle_id"], fuel_kind="92", **facts
        )
        if times > 1:
            story.plant("CAR-001", "fuel_record", row["fuel_id"], why=why)
        else:
            story.lookalike("CAR-001", "fuel_record", row["fuel_id"], why=why)
