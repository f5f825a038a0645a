"""Addresses of ``registers``: the same ones for every register."""

from __future__ import annotations

from django.urls import path

from lianfang.web.registers import views
from lianfang.web.registers.risk_register import REGISTERS

urlpatterns = [
    path("risks/mine/", views.my_risks, name="my_risks"),
    *(address for register in REGISTERS for address in views.addresses(register)),
]
