"""Rates of OpenEI's U.S. Utility Rate Database as tariff files of this project."""
