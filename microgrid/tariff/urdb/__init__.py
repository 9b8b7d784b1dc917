"""Conversion of rates of OpenEI's U.S. Utility Rate Database (URDB) into tariff files."""
