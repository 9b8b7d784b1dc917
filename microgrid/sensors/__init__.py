"""Sensors: an archive of many points, gathered into the series of a case, with an account of what was done to it."""

from microgrid.series.registry import register

register("sensors", "microgrid.sensors.of_case")
