"""Sphinx's settings for the site; `docs.site.build` adds what depends on the folders."""

project = "Fulcrum"
extensions = ["myst_parser"]
root_doc = "index"

# The pages are written for GitHub: the same Markdown here, with the same anchors.
myst_disable_syntax = ["myst_role", "myst_block_break", "myst_line_comment", "myst_target"]
myst_enable_extensions = ["gfm_autolink", "strikethrough"]
myst_heading_anchors = 6
smartquotes = False
# Snippets with `…` for what is left out, and `csv`, which Pygments does not know, are plain text.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "Fulcrum"
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_use_index = False
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
# Sphinx's own summaries fetch each page, which a file may not; static/sections.js does it offline.
html_show_search_summary = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/studies.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
_LIGHT = {
    "color-brand-primary": "#0b5fa5",
    "color-brand-content": "#0b5fa5",
    "color-brand-visited": "#0b5fa5",
    "color-background-primary": "#fbfaf7",
    "color-background-secondary": "#f1eee7",
    "color-background-border": "#dad5ca",
    "color-foreground-primary": "#1b1f24",
    "color-foreground-secondary": "#57606a",
}
_DARK = {
    "color-brand-primary": "#7fb8e6",
    "color-brand-content": "#7fb8e6",
    "color-brand-visited": "#7fb8e6",
    "color-background-primary": "#12161b",
    "color-background-secondary": "#1a2027",
    "color-background-border": "#2c343d",
    "color-foreground-primary": "#e8e6e1",
    "color-foreground-secondary": "#9aa4ae",
}
html_theme_options = {"light_css_variables": _LIGHT, "dark_css_variables": _DARK}
