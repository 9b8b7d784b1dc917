"""Pages of the report: HTML that opens offline, Markdown, scenarios side by side, sensors."""
