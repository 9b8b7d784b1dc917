"""Sensors: an archive of many points, gathered into series of a case, with a count of every fault and repair."""

from microgrid.series.registry import register

register("sensors", "microgrid.sensors.of_case")
