"""The web site: the pages of `docs/` and the live studies, in one folder that opens offline.

``python -m docs.site [FOLDER]`` writes it; a link that leads nowhere fails the build.
"""

from docs.site.build import build_site
from docs.site.pages import Page, broken_links, read_pages

__all__ = ["Page", "broken_links", "build_site", "read_pages"]
