"""The page that shows a class in: the address large, a QR code of it, and who is here."""

from __future__ import annotations

import segno
import streamlit as st

from web.shell import carried, hosts, roles
from web.shell.components import assets, register

_page = register("classroom", "cacr-live cacr-classroom", "classroom")


def show() -> None:
    """Draws the page; the teacher's link goes to the teacher alone, and is not shown by itself."""
    where = followers_link()
    teaches = roles.me().is_owner
    _page(
        key="classroom",
        data={
            "token": roles.my_token(),
            "teaches": teaches,
            "link": where,
            "code": code_of(where),
            "teachers_link": roles.teachers_link(where) if teaches else "",
            **assets(),
        },
    )
    carried.write({})


def followers_link() -> str:
    """The address to hand out: by which this browser came, unless only this machine knows that."""
    came_by = st.context.url or ""
    if not came_by or hosts.is_loopback(hosts.host_of(came_by)):
        return hosts.address()
    return came_by.partition("?")[0].rstrip("/").removesuffix("/class") + "/"


def code_of(text: str) -> str:
    """A text as a QR code: an SVG as an address, dark on white in both themes."""
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, light="#fff")
