"""Static files under names that contain a hash of their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


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
