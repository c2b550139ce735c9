"""The protocol of the socket: every message in both directions as a typed record."""

from web.socket.messages.binary import pack as pack
