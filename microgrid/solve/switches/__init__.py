"""On/off decisions over a long horizon: a bound and a schedule from windows, improved until the stated gap holds."""
