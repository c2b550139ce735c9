"""What pyproject.toml cannot say: the app's own files are installed as one folder.

`app.py`, `frame.py`, `pages/`, `.streamlit/` and the recordings keep their places to each other in
`cacr_playground/`, beside the packages `cacr_core` and `web`.
"""

from setuptools import find_packages, setup

setup(
    packages=["cacr_playground", *find_packages(include=["cacr_core*", "web*"])],
    package_dir={"cacr_playground": "."},
)
