"""Sphinx configuration of the documentation."""

from __future__ import annotations

import sys
from pathlib import Path

import microgrid

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "microgrid"
author = "The microgrid developers"
copyright = "The microgrid developers"
version = release = microgrid.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated",
    "mathml",
]
exclude_patterns = ["_build", "_ext", "_examples", "_static"]

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "microgrid"
html_static_path = ["_static"]
html_css_files = ["microgrid.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6b57", "color-brand-content": "#0b6b57"},
    "dark_css_variables": {"color-brand-primary": "#5fd1b5", "color-brand-content": "#5fd1b5"},
}
