"""Losses on a circle and a sphere, without a network: where they move points, and to what end."""

from cacr_core.forces.flow import Ended as Ended
from cacr_core.forces.flow import Flow as Flow
from cacr_core.forces.flow import flow as flow
from cacr_core.forces.optima import Optimum as Optimum
from cacr_core.forces.optima import optimum as optimum
from cacr_core.forces.optima import polygon_value as polygon_value
from cacr_core.forces.presets import FLOWS as FLOWS
from cacr_core.forces.presets import FlowPreset as FlowPreset
from cacr_core.forces.stability import crossing as crossing
from cacr_core.forces.stability import growth as growth
from cacr_core.forces.start import FlowConfig as FlowConfig
