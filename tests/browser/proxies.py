"""Finds and installs the proxies that people put before the app, and starts them for a test."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".venv" / "proxies"  # an environment of its own: its 53 packages are not the app's
APT = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", "nginx-light"]
JUPYTER = ["jupyter-server-proxy>=4.6,<5"]

# One nginx with a server for each way in which one is set up; {app}, {port}s and {certificate} are
# filled in. The first sends the upstream's name, as it does unless told otherwise.
CONF = """
user {user};
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_max_body_size 300m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection upgrade;
  server {{
    listen 127.0.0.1:{plain};
    location / {{ proxy_pass http://127.0.0.1:{app}; }}
  }}
  server {{
    listen 127.0.0.1:{stripped};
    location /user/me/proxy/ {{ proxy_pass http://127.0.0.1:{app}/; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{
      proxy_pass http://127.0.0.1:{app};
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""


def nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


def jupyter() -> str | None:
    """The `jupyter-server` beside which the proxy is installed."""
    path = OWN / "bin" / "jupyter-server"
    return str(path) if path.exists() else None


def start_nginx(folder: Path, app: int, **ports: int) -> subprocess.Popen[bytes]:
    """An nginx in front of an app, with a certificate made on the spot.

    Args:
        folder: Where it may write.
        ports: `plain`, `stripped` (the app below /user/me/proxy/) and `tls`.
    """
    found = nginx()
    assert found
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    places = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*request, *places], check=True, capture_output=True)
    conf = folder / "nginx.conf"
    told = {
        "user": getpass.getuser(),
        "folder": folder,
        "app": app,
        "key": key,
        "certificate": certificate,
    } | ports
    conf.write_text(CONF.format(**told))
    return subprocess.Popen(
        [found, "-p", str(folder), "-c", str(conf), "-g", "daemon off;"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def start_jupyter(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A Jupyter server that passes /proxy/PORT/ on to that port of this machine."""
    found = jupyter()
    assert found
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.token="]
    options += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    options += ["--ServerApp.port_retries=0", "--ServerApp.allow_remote_access=True"]
    return subprocess.Popen(
        [found, *options],
        cwd=folder,
        env=os.environ | {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "jupyter")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def install() -> None:
    """What is missing, as far as it can be had; the tests skip what is not there and say so."""
    if nginx() is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(APT, check=False)
    if jupyter() is None:
        subprocess.run([sys.executable, "-m", "venv", str(OWN)], check=False)
        pip = [str(OWN / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", *JUPYTER], check=False)


if __name__ == "__main__":
    install()
    for name, found in (("nginx", nginx()), ("jupyter-server-proxy", jupyter())):
        print(f"{name}: {found or 'not here, its tests are skipped'}")
