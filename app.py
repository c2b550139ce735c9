"""The server: Streamlit's pages, the socket beside them, and what warms up behind them."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from web.classroom.room import ROOM
from web.compare.channel import CHANNEL as COMPARE
from web.forces.channel import CHANNEL as FORCES
from web.live.channel import CHANNEL as LIVE
from web.shell.front import Front
from web.shell.gate import Gate
from web.socket.server import Server

# frame.py says which pages there are. Until its first run Streamlit would list the folder pages/ by
# itself and answer a link to one of them without the frame.
PagesManager.uses_pages_directory = False

server = Server(LIVE, COMPARE, FORCES, classroom=ROOM)
app = st.App(
    "frame.py",
    routes=server.routes(),
    lifespan=server.lifespan,
    middleware=[Middleware(Gate), Middleware(Front)],
)
