"""A class is shown in: the address, a QR code, and who is here."""

from web.classroom import page

page.show()
