"""What a browser is told to forbid: scripts from elsewhere, frames of others, guessed types."""

from __future__ import annotations

import base64
import hashlib
import os
import re

# Measured: without blob: no component of ours comes, without data: neither pictures nor a font do;
# nothing compiles text, but Streamlit's reader of messages likes WebAssembly.
SCRIPTS = ("'self'", "'wasm-unsafe-eval'", "blob:")
POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "media-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def policy_of(content_type: str, page: bytes = b"") -> dict[str, str]:
    """The headers of an answer of that type.

    Args:
        page: The page itself, whose own inline scripts are allowed by their digests.
    """
    found = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    if "text/html" in content_type:
        found["Content-Security-Policy"] = _policy(page)
    return found


def _policy(page: bytes) -> str:
    inline = re.findall(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.S)
    digests = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in inline)
    scripts = " ".join([*SCRIPTS, *(f"'sha256-{digest}'" for digest in digests)])
    parts = POLICY | {"script-src": scripts, "frame-ancestors": frame_ancestors()}
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def frame_ancestors() -> str:
    """Which sites may show the app in a frame: its own, and those of CACR_FRAME_ANCESTORS."""
    named = os.environ.get("CACR_FRAME_ANCESTORS", "").replace(",", " ").split()
    return " ".join(["'self'", *(one for one in named if ";" not in one)])
