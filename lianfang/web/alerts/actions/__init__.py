"""Writes of alerts, split by subject; the only ways to change a signal or an alert."""

from __future__ import annotations

from lianfang.web.alerts.actions.answering import answer_requirement, attach_proof, record_acceptance, write_answer
from lianfang.web.alerts.actions.approval import cosign, enter_from_paper, make_move, submit
from lianfang.web.alerts.actions.checking import (
    attach,
    give_second_opinion,
    name_second_checker,
    propose,
    save_grade,
    tick,
    write_facts,
)
from lianfang.web.alerts.actions.parameters import decide_parameter, propose_parameter, see
from lianfang.web.alerts.actions.signals import (
    Intake,
    assign_signal,
    complete_signal,
    dismiss_signal,
    merge_signal,
    register_signal,
    signal_from_finding,
    signals_from_run,
    take_up_signal,
)

__all__ = [
    "Intake",
    "answer_requirement",
    "assign_signal",
    "attach",
    "attach_proof",
    "complete_signal",
    "cosign",
    "decide_parameter",
    "dismiss_signal",
    "enter_from_paper",
    "give_second_opinion",
    "make_move",
    "merge_signal",
    "name_second_checker",
    "propose",
    "propose_parameter",
    "record_acceptance",
    "register_signal",
    "save_grade",
    "see",
    "signal_from_finding",
    "signals_from_run",
    "submit",
    "take_up_signal",
    "tick",
    "write_answer",
    "write_facts",
]
