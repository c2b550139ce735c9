"""Figures of a checkpoint in plotly: numbers in, figure out. No theme's colours, no torch.

frame     what all share
inside    numbers of a tensor, positions and attention of a ViT
features  layers alike, spectra, confusion, changes by class
epochs    numbers and clouds along a training
marks     the colour and the mark of each class
weights   how the weights of two differ
numbers   what a figure draws, as a table
"""

from web.checkpoints.figures.epochs import cloud_figure as cloud_figure
from web.checkpoints.figures.epochs import course_figure as course_figure
from web.checkpoints.figures.features import cka_figure as cka_figure
from web.checkpoints.figures.features import class_change_figure as class_change_figure
from web.checkpoints.figures.features import confusion_figure as confusion_figure
from web.checkpoints.figures.features import spectrum_figure as spectrum_figure
from web.checkpoints.figures.frame import data_url as data_url
from web.checkpoints.figures.frame import small as small
from web.checkpoints.figures.inside import attention_figure as attention_figure
from web.checkpoints.figures.inside import histogram_figure as histogram_figure
from web.checkpoints.figures.inside import position_similarity_figure as position_similarity_figure
from web.checkpoints.figures.inside import sizes_figure as sizes_figure
from web.checkpoints.figures.numbers import numbers_in as numbers_in
from web.checkpoints.figures.weights import layer_change_figure as layer_change_figure
from web.checkpoints.figures.weights import singular_figure as singular_figure
