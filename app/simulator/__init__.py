"""Runs a territory's months on the real services with a travelling clock; sends and renders nothing."""

from app.simulator.plan import Plan, Progress
from app.simulator.result import IncidentFigure, Result, RoleMonth, StepFigures
from app.simulator.run import simulate

__all__ = ["IncidentFigure", "Plan", "Progress", "Result", "RoleMonth", "StepFigures", "simulate"]
