<<<<<<< HEAD
"""Points on a circle or a sphere: what a loss makes of them, and where it moves them."""

from cacr_core.forces.chord import Chord as Chord
from cacr_core.forces.chord import chord_of as chord_of
from cacr_core.forces.landscape import Landscape as Landscape
from cacr_core.forces.landscape import Path as Path
from cacr_core.forces.landscape import circle_path as circle_path
from cacr_core.forces.landscape import great_circle_path as great_circle_path
from cacr_core.forces.landscape import landscape_of as landscape_of
from cacr_core.forces.landscape import minima as minima
from cacr_core.forces.landscape import rests as rests
from cacr_core.forces.landscape import sphere_path as sphere_path
from cacr_core.forces.landscape import sweep as sweep
from cacr_core.forces.points import Points as Points
from cacr_core.forces.points import points_from_degrees as points_from_degrees
from cacr_core.forces.scene import Marks as Marks
from cacr_core.forces.scene import Mixes as Mixes
from cacr_core.forces.scene import Reading as Reading
from cacr_core.forces.scene import read as read
=======
"""Losses on a circle and a sphere, without a network: where they move points, and to what end."""

from cacr_core.forces.flow import Ended as Ended
from cacr_core.forces.flow import Flow as Flow
from cacr_core.forces.flow import FlowConfig as FlowConfig
from cacr_core.forces.flow import flow as flow
from cacr_core.forces.optima import Optimum as Optimum
from cacr_core.forces.optima import optimum as optimum
from cacr_core.forces.optima import polygon_value as polygon_value
from cacr_core.forces.stability import crossing as crossing
from cacr_core.forces.stability import growth as growth
>>>>>>> f-flow
