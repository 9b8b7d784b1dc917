"""Rolling horizon: windows are solved one after another, each from the decisions of those before it."""
