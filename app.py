"""The server: Streamlit's pages, the socket beside them, and what warms up behind them."""

import streamlit as st

from web import channel

app = st.App("frame.py", routes=channel.routes(), lifespan=channel.lifespan)
