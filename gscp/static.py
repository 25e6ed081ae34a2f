"""Static files under names that contain a hash of their content."""

from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from whitenoise.storage import CompressedManifestStaticFilesStorage

ON_EACH_PAGE = ("app.css", "app.js")


def why_not_built() -> list[str]:
    """Which files of each page are not there under a hashed name, in words; without them each page is a 500.

    A process reads the list of names when it starts.
    """
    storage: Any = staticfiles_storage
    names = storage.hashed_files
    return [f"the static file {name} is not built" for name in ON_EACH_PAGE if name not in names]


def check_built(**asked: Any) -> list[checks.CheckMessage]:
    hint = "Run make build, then start the server again."
    return [checks.Error(f"{why}.", hint, id="gscp.E005") for why in why_not_built()]


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Replaces file names by hashed ones in stylesheets and in our own script, not in libraries' scripts.

    Django's setting for imports (`support_js_module_import_aggregation`) covers all scripts or none.
    Its patterns misread imports in bundles, and bundles name source maps that are not served.
    """

    patterns = (
        CompressedManifestStaticFilesStorage.patterns[0],  # of *.css
        (
            "app.js",
            (
                (
                    r"""(?P<matched>import(?P<names>\s*\{[^}]*\}\s*)from\s*["'](?P<url>\./[^"']+)["'];)""",
                    'import%(names)sfrom "%(url)s";',
                ),
            ),
        ),
    )
