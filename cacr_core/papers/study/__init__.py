"""The shipped study: what the papers claim, asked of short runs over seeds.

questions   what is asked, and what contrast of runs answers it
plan        what is trained, and how each loss comes by its settings
evidence    a contrast with its interval, corrected, and what could have been seen
answers     two sentences on each question
method      how it was done, by its datasets and numbers
document    docs/study.md
"""

from cacr_core.papers.study.document import render as render
from cacr_core.papers.study.plan import ROWS as ROWS
from cacr_core.papers.study.plan import Study as Study
from cacr_core.papers.study.questions import QUESTIONS as QUESTIONS
