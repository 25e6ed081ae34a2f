"""Static files under names that hold a hash of what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashes what stylesheets and our own script refer to, and leaves other people's scripts as they are.

    Django can rewrite every script's imports or none: libraries' bundles name source maps that are
    not served, and have imports of theirs misread.
    """

    patterns = (
        CompressedManifestStaticFilesStorage.patterns[0],
        ("app.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
