"""Runs tables of moves: what may become of a thing, by whom, and what is still missing.

An app declares one ``Table``; its pages, its clock and its printed diagram read the same table. A move that names no
permission cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lianfang.web.shared import log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Lack, Refused
from lianfang.web.shared.roles import Permission

Given = Mapping[str, Any]


def _nothing_lacking(_thing: Any, _by: Actor) -> Sequence[Lack]:
    return ()


def _no_effect(_thing: Any, _by: Actor, _given: Given) -> None:
    return None


@dataclass(frozen=True)
class Move:
    """One move. ``verb`` is the button: verb and object. ``source`` is the rule it comes from.

    ``lacking`` says what is missing on the thing itself; ``refusing`` raises Refused for who acts and what was given;
    ``effect`` changes the thing's fields and writes what belongs to it, before the move is saved and logged.
    """

    id: str
    verb: str | Promise
    origin: str
    target: str
    permission: Permission
    roles: frozenset[str]
    lacking: Callable[[Any, Actor], Sequence[Lack]] = _nothing_lacking
    refusing: Callable[[Any, Actor, Given], None] = _no_effect
    effect: Callable[[Any, Actor, Given], None] = _no_effect
    reason_length: int = 0
    asks: bool = False  # more is asked before anything happens: a page of its own, and an ellipsis on the button
    source: str = ""

    def __post_init__(self) -> None:
        if not self.permission or not self.roles:
            raise ValueError(f"move {self.id} names no permission or no role")


@dataclass(frozen=True)
class Offer:
    """A move as one actor sees it on one thing: possible, or with what is missing."""

    move: Move
    lacks: tuple[Lack, ...]

    @property
    def is_open(self) -> bool:
        return not self.lacks


@dataclass(frozen=True)
class Table:
    """All moves of one kind of thing. ``states`` maps each state to its word; ``finals`` are left by no move."""

    kind: str
    states: Mapping[str, str | Promise]
    finals: frozenset[str]
    moves: tuple[Move, ...]
    after: Callable[[Any, Move, Actor, Given], None] = field(default=lambda *_ignored: None)

    def __post_init__(self) -> None:
        names = [move.id for move in self.moves]
        if len(set(names)) != len(names):
            raise ValueError(f"table {self.kind}: a move's id stands twice")
        for move in self.moves:
            if {move.origin, move.target} - set(self.states) or move.origin in self.finals:
                raise ValueError(f"table {self.kind}: move {move.id} leads from or to a state that is not there")

    def move(self, move_id: str) -> Move:
        for move in self.moves:
            if move.id == move_id:
                return move
        raise Refused(_("没有这一步。"), status=404)

    def offers(self, thing: Any, by: Actor, *, reached: bool = True) -> list[Offer]:
        """The moves from the thing's state that ``by`` may make, each with what is missing."""
        return [
            Offer(move, tuple(move.lacking(thing, by)))
            for move in self.moves
            if reached and move.origin == thing.state and _permitted(move, by)
        ]

    @transaction.atomic
    def run(self, thing: models.Model, move_id: str, *, by: Actor, given: Given | None = None) -> Any:
        """Make one move on a locked row: permission, state, what is missing, effect, log; all or nothing.

        ``given`` holds what the form asked: ``reason`` where a move wants one, ``version`` the row's version that the
        actor looked at. Returns the row as it is now.
        """
        given = given or {}
        move = self.move(move_id)
        if not _permitted(move, by):
            raise Refused(_("您的角色不能办理这一步。"), status=403)
        locked = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
        _still_as_seen(locked, move, self, given)
        if lacks := tuple(move.lacking(locked, by)):
            names = "、".join(lack.what for lack in lacks)
            raise Refused(_("还不能“%(verb)s”：还差%(names)s。") % {"verb": move.verb, "names": names}, lacks=lacks)
        reason = str(given.get("reason", "")).strip()
        if len(reason) < move.reason_length:
            said = _("理由不少于%(n)d字。") % {"n": move.reason_length}
            raise Refused(said, fields={"reason": said})
        move.refusing(locked, by, given)
        before = locked.state
        move.effect(locked, by, given)
        locked.state = move.target
        locked.version += 1
        locked.save()
        log.record(
            f"{self.kind}.{move.id}",
            by=by,
            subject_type=self.kind,
            subject=locked.log_name,
            unit_path=locked.log_unit_path,
            reason=reason,
            origin=before,
            target=move.target,
        )
        self.after(locked, move, by, given)
        return locked


def _permitted(move: Move, by: Actor) -> bool:
    return by.role in move.roles and by.may(move.permission)


def _still_as_seen(locked: Any, move: Move, table: Table, given: Given) -> None:
    seen = given.get("version")
    if locked.state != move.origin or (seen not in (None, "") and int(seen) != locked.version):
        state = table.states[locked.state]
        raise Refused(
            _("别人已先办理，现在是“%(state)s”。您的填写保留在下方，请核对后再提交。") % {"state": state}, status=409
        )
