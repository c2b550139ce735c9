"""Writes the protocol's page and the browser's types from the records."""

from web.socket.messages.written import write

write()
