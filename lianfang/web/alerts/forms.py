"""Forms of signals and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.web.accounts.models import User
from lianfang.web.alerts import files, grading, queries
from lianfang.web.alerts.models import Alert, AnswerItem, NotFounded, Opinion, Requirement, Source
from lianfang.web.alerts.workflow import REASON
from lianfang.web.detection.catalogue import FAMILIES
from lianfang.web.detection.models import Safety
from lianfang.web.organisation.models import Unit
from lianfang.web.shared.actor import Actor

REQUIREMENTS = 5


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options)


def _listed(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *choices]


class UnitCodeField(forms.CharField):
    """A unit by its code or its whole name, among those the actor reaches."""

    units: Any = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = list(self.units.filter(code=text)[:2]) or list(self.units.filter(name=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError(gettext("没有这个单位，或不在您的范围内。请填单位全称或代码。"))
        return found[0]


class IntakeForm(forms.Form):
    """The intake record (F07). There is no field for an informant, and there will be none."""

    source = forms.ChoiceField(label=_("来源"), choices=_listed(c for c in Source.choices if c[0] != "finding"))
    source_number = forms.CharField(
        label=_("来源编号"), max_length=60, required=False, help_text=_("工单号、审计报告文号等")
    )
    unit = UnitCodeField(label=_("涉及单位"), max_length=100, help_text=_("单位全称或代码"))
    person = forms.CharField(
        label=_("涉及人员代码"),
        max_length=80,
        required=False,
        help_text=_("人员登记中的代码，没有可不填。上级管理的干部不在本系统登记，请线下报送。"),
    )
    title = forms.CharField(label=_("事由"), max_length=50, help_text=_("不超过50字，只写事，不写人名"))
    text = forms.CharField(
        label=_("情况概述"),
        widget=_area(5),
        help_text=_(
            "时间、单位、在何事项上看到什么、数值、与什么不一致。不写来源人的姓名、电话。检举控告请拨打12388。"
        ),
    )
    safety = forms.ChoiceField(label=_("四个安全"), choices=_listed(Safety.choices))
    family = forms.ChoiceField(label=_("领域"), choices=_listed(FAMILIES.items()), required=False)
    subject_type = forms.CharField(
        label=_("业务对象类型"), max_length=60, required=False, help_text=_("例如：工程项目、采购、处罚案件")
    )
    subject_id = forms.CharField(label=_("业务对象号"), max_length=100, required=False)
    amount = forms.DecimalField(label=_("涉及金额（元）"), required=False, min_value=0, max_digits=18, decimal_places=2)
    found_on = _day(label=_("发现日期"), required=False)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].units = units  # type: ignore[attr-defined]


class UserField(forms.ModelChoiceField):
    """Somebody who may be given the work, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def _people(actors: Iterable[Actor], *, without: Iterable[int | None] = ()) -> Any:
    ids = {actor.user_id for actor in actors} - set(without)
    return User.objects.filter(pk__in=[pk for pk in ids if pk is not None]).order_by("name")


class TakeUpForm(forms.Form):
    checker = UserField(label=_("核验人"), queryset=User.objects.none())
    second_checker = UserField(
        label=_("复核人"), queryset=User.objects.none(), required=False, help_text=_("橙色、红色须两人核验")
    )

    def __init__(self, *args: Any, officers: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = _people(officers)
        for name in ("checker", "second_checker"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    to = UserField(label=_("交给"), queryset=User.objects.none())

    def __init__(self, *args: Any, officers: Iterable[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = _people(officers)  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    into = forms.CharField(label=_("并入"), max_length=24, help_text=_("预警号或信号编号，须为同一单位、尚未办结"))


class CompleteForm(forms.Form):
    unit = UnitCodeField(label=_("涉及单位"), max_length=100, required=False, help_text=_("单位全称或代码"))
    safety = forms.ChoiceField(label=_("四个安全"), choices=_listed(Safety.choices))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].units = Unit.objects.filter(closed_on=None)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), widget=_area(), min_length=REASON, help_text=_("不少于20字，原样记入记录。")
    )


class ClosingForm(ReasonForm):
    closing_reason = forms.ChoiceField(label=_("原因"), choices=_listed(NotFounded.choices))
    field_order = ("closing_reason", "reason")


class PlainForm(forms.Form):
    """A move that asks for nothing but the press."""


class AcceptorForm(forms.Form):
    acceptor = UserField(label=_("验收人"), queryset=User.objects.none())

    def __init__(self, *args: Any, people: Iterable[Actor], without: Iterable[int | None] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["acceptor"].queryset = _people(people, without=without)  # type: ignore[attr-defined]


AGREEMENT = [(Opinion.Decision.AGREE, Opinion.Decision.AGREE.label), ("disagree", Opinion.Decision.DISAGREE.label)]


class CosignForm(forms.Form):
    decision = forms.ChoiceField(label=_("意见"), choices=AGREEMENT, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("理由"), widget=_area(), min_length=REASON, help_text=_("不少于20字，原样记入记录。")
    )


class PaperForm(CosignForm):
    role = forms.ChoiceField(label=_("职务"))
    signer = forms.CharField(label=_("签署人"), max_length=60)
    paper = forms.CharField(label=_("纸质件文号"), max_length=60)
    field_order = ("role", "signer", "paper", "decision", "text")

    def __init__(self, *args: Any, roles: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = list(roles)  # type: ignore[attr-defined]


class FactsForm(forms.Form):
    facts = forms.CharField(label=_("核验事实"), widget=_area(5), help_text=_("只写核实的客观事实，不下结论"))
    methods = forms.MultipleChoiceField(
        label=_("核验方式"), choices=list(queries.METHOD_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )
    no_conflict_declared = forms.BooleanField(label=_("我声明与对象没有应当回避的关系"), required=False)


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("附件"),
        widget=forms.FileInput(attrs={"accept": files.ACCEPT}),
        help_text=_("PDF、图片、Word、Excel、OFD，不超过20MB"),
    )


class SecondForm(forms.Form):
    decision = forms.ChoiceField(label=_("复核意见"), choices=AGREEMENT, widget=forms.RadioSelect)
    text = forms.CharField(label=_("说明"), widget=_area())


class SecondCheckerForm(forms.Form):
    second_checker = UserField(label=_("复核人"), queryset=User.objects.none())

    def __init__(
        self, *args: Any, officers: Iterable[Actor], without: Iterable[int | None] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_checker"].queryset = _people(officers, without=without)  # type: ignore[attr-defined]


class GradeForm(forms.Form):
    """The seven factors, what triggers directly, the colour, and what the notice will ask for."""

    judgement = forms.CharField(label=_("性质判断"), max_length=200, required=False, help_text=_("写一句为何如此判断"))
    triggers = forms.MultipleChoiceField(
        label=_("直接触发"),
        choices=[(name, words) for name, (_c, words) in grading.TRIGGERS.items() if name not in grading.COUNTED],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    colour = forms.ChoiceField(
        label=_("拟定颜色"),
        choices=[("", _("照建议")), *((c, queries.COLOURS[c]) for c in grading.COLOURS)],
        widget=forms.RadioSelect,
        required=False,
    )
    reason = forms.CharField(
        label=_("调整理由"), widget=_area(), required=False, help_text=_("与建议不同时必填，不少于20字")
    )
    exemption = forms.ChoiceField(
        label=_("免责容错"), choices=[("", _("无")), *grading.EXEMPTIONS.items()], required=False
    )
    disposals = forms.MultipleChoiceField(
        label=_("拟采取措施"),
        choices=[(name, words) for name, (_c, words) in queries.DISPOSALS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for factor in grading.FACTORS:
            self.fields[factor.name] = _factor_field(factor)
        for number in range(1, REQUIREMENTS + 1):
            self.fields[f"requirement_{number}"] = forms.CharField(
                label=gettext("要求%(n)d") % {"n": number}, widget=_area(2), required=False
            )
            self.fields[f"standard_{number}"] = forms.CharField(
                label=gettext("要求%(n)d的完成标准") % {"n": number}, widget=_area(2), required=False
            )

    def factors(self) -> dict[str, Any]:
        return {factor.name: self.cleaned_data.get(factor.name) for factor in grading.FACTORS}

    def requirements(self) -> list[tuple[str, str]]:
        given = self.cleaned_data
        return [(given.get(f"requirement_{n}", ""), given.get(f"standard_{n}", "")) for n in range(1, REQUIREMENTS + 1)]


def _factor_field(factor: grading.Factor) -> forms.Field:
    if factor.choices:
        choices = [(choice.name, choice.label) for choice in factor.choices]
        return forms.ChoiceField(label=factor.label, choices=choices, widget=forms.RadioSelect)
    if factor.name == "amount":
        return forms.DecimalField(label=factor.label, min_value=Decimal(0), max_digits=18, decimal_places=2)
    return forms.IntegerField(label=factor.label, min_value=1, max_value=99)


def grade_initial(alert: Alert, suggested: Mapping[str, Any]) -> dict[str, Any]:
    """What the grading form shows first: the last grading of this round, else what the registers say."""
    first: dict[str, Any] = {name: found.value for name, found in suggested.items()} | {"impact": "none"}
    last = next(iter(alert.grades.all()), None)
    if last is not None:
        first |= {name: kept["value"] for name, kept in last.factors.items()}
        first |= {"judgement": last.judgement, "triggers": last.triggers, "reason": last.reason}
        first |= {"exemption": last.exemption, "colour": last.colour if last.colour != last.proposal else ""}
    first["disposals"] = alert.disposals
    for one in alert.requirements.all():
        first[f"requirement_{one.number}"], first[f"standard_{one.number}"] = one.text, one.standard
    return first


class ItemForm(forms.Form):
    measure = forms.CharField(label=_("您采取的措施"), widget=_area(4))
    responsible = forms.CharField(label=_("责任人"), max_length=60)
    status = forms.ChoiceField(label=_("完成情况"), choices=AnswerItem.Status.choices, widget=forms.RadioSelect)
    done_on = _day(label=_("完成日"), required=False)
    file = forms.FileField(
        label=_("佐证"),
        required=False,
        widget=forms.FileInput(attrs={"accept": files.ACCEPT}),
        help_text=_("可拍照或选文件，不超过20MB"),
    )


class AnswerForm(forms.Form):
    plan = forms.CharField(label=_("整改方案"), widget=_area(4), required=False, help_text=_("红色预警须先报方案"))
    analysis = forms.CharField(label=_("原因剖析"), widget=_area(4))
    rules_made = forms.CharField(label=_("建章立制"), widget=_area(2), required=False)
    money_recovered = forms.DecimalField(
        label=_("挽回（退缴）金额（元）"), required=False, min_value=0, max_digits=18, decimal_places=2
    )
    is_promised = forms.BooleanField(label=_("我承诺回告内容真实"), required=False)


class AcceptanceForm(forms.Form):
    methods = forms.MultipleChoiceField(
        label=_("验收方式"), choices=list(queries.ACCEPTANCE_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )
    recount = forms.CharField(
        label=_("复算结果"), widget=_area(2), help_text=_("原指标重新计算的结果；不能复算的，写明原因")
    )
    note = forms.CharField(label=_("说明"), widget=_area(2), required=False)

    def __init__(self, *args: Any, requirements: Iterable[Requirement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = []
        for one in requirements:
            self.numbers.append(one.number)
            self.fields[f"passed_{one.number}"] = forms.ChoiceField(
                label=gettext("要求%(n)d：%(text)s") % {"n": one.number, "text": one.text},
                choices=[("yes", _("合格")), ("no", _("不合格"))],
                widget=forms.RadioSelect,
            )
            self.fields[f"said_{one.number}"] = forms.CharField(
                label=gettext("要求%(n)d的说明") % {"n": one.number}, widget=_area(2), required=False
            )

    def results(self) -> dict[int, tuple[bool, str]]:
        given = self.cleaned_data
        return {n: (given[f"passed_{n}"] == "yes", given.get(f"said_{n}", "")) for n in self.numbers}
