"""A run is a folder: start, watch, pause and stop the process that trains it.

Importing this loads no torch; only the worker does.
"""

from cacr_core.runs.folder import read_metrics as read_metrics
from cacr_core.runs.folder import read_snapshot as read_snapshot
from cacr_core.runs.folder import read_snapshots as read_snapshots
from cacr_core.runs.folder import request as request
from cacr_core.runs.folder import request_step as request_step
from cacr_core.runs.folder import request_stop as request_stop
from cacr_core.runs.folder import status as status
from cacr_core.runs.launch import repeat as repeat
from cacr_core.runs.launch import resume as resume
from cacr_core.runs.launch import start as start
