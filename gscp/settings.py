"""Settings.

These come from the environment, since they differ between installations:

DATABASE_URL   sqlite (default: var/gscp.sqlite3) or postgres://…
SECRET_KEY     required unless DEMO
OLD_SECRET_KEYS  comma-separated: keys that were SECRET_KEY before, which still open what they sealed
RECORD_KEY     signs each act: 64 hex digits, kept away from the database. A demonstration makes one in var/
DEMO           1: demo accounts may exist, and the clock is set to DEMO_TODAY
DEMO_TODAY     the day of a demonstration (default: 2021-04-01, the first of the published plan)
ALLOWED_HOSTS  comma-separated host names, required unless DEMO
FILES_DIR      the folder of files that are evidence (default: var/files), or in its place
FILES_BUCKET   a bucket of S3 or the like, with FILES_ENDPOINT where it is not Amazon's
REDACTIONS_LIST  a file outside the database, to which each redaction adds what it took out of which entry
CLAMD          ClamAV's daemon, as host:port or as the path of its socket; without it files are not scanned
SITE_ADDRESS   where links in mails lead (default: https:// and the first of ALLOWED_HOSTS)
MAIL_SERVER    host:port of an SMTP server; MAIL_TLS is starttls (default), implicit or none
MAIL_USER      with MAIL_PASSWORD: the sign-in to it, where it wants one
MAIL_FROM      the address from which mail is sent
NOTIFY_KEY     with NOTIFY_TEMPLATE: of GOV.UK Notify, in place of SMTP; NOTIFY_URL: its address, if another
"""

import os
import re
import secrets
from contextlib import suppress
from datetime import date
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

DEMO = os.environ.get("DEMO") == "1"
try:
    DEMO_TODAY = date.fromisoformat(os.environ.get("DEMO_TODAY", "2021-04-01")) if DEMO else None
except ValueError:
    raise ImproperlyConfigured("DEMO_TODAY is a day, written as 2021-04-01.") from None
DEMO_TIME = None  # the time of that day; the played year sets it
DEBUG = False


def demonstration_key(path: Path) -> str:
    # Linked once it is written: of several processes that start, all read the key of the first.
    if not path.exists():
        new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            path.hardlink_to(new)
        new.unlink()
    return path.read_text().strip()


if DEMO:
    RECORD_KEY = os.environ.get("RECORD_KEY") or demonstration_key(VAR_DIR / "record-key")
    SECRET_KEY = os.environ.get("SECRET_KEY", "demo: signs nothing that is not already public")
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
else:
    try:
        SECRET_KEY = os.environ["SECRET_KEY"]
        RECORD_KEY = os.environ["RECORD_KEY"]
        ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
    except KeyError as missing:
        raise ImproperlyConfigured(f"Set {missing.args[0]}, or DEMO=1 for a demonstration.") from None
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("OLD_SECRET_KEYS", "").split(",") if key]
if not re.fullmatch("[0-9a-f]{64}", RECORD_KEY):
    raise ImproperlyConfigured("RECORD_KEY is 64 hex digits, as secrets.token_hex(32) of Python makes them.")
CSRF_TRUSTED_ORIGINS = [] if DEMO else [f"https://{host}" for host in ALLOWED_HOSTS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "rules",
    "gscp",
    "subgroups",
    "actions",
    "scrutiny",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "gscp.middleware.utf8_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gscp.timeouts.end_when_over",
    "gscp.uploads.bounded_requests",
    "gscp.middleware.DenyByDefault",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "subgroups.second_factor.AskForSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gscp.middleware.read_only_for_scrutineer",
    "gscp.middleware.facts_of_one_version",
    "scrutiny.proof.damage.DamagePage",
]

ROOT_URLCONF = "gscp.urls"
WSGI_APPLICATION = "gscp.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.contrib.humanize.templatetags.humanize",
                "gscp.templatetags.gscp",
                "subgroups.templatetags.subgroups",
                "actions.templatetags.actions",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gscp.context.page",
                "subgroups.context.partnership",
                "actions.context.first_minutes",
            ],
        },
    }
]
FORM_RENDERER = "gscp.components.GovukRenderer"

# ATOMIC_REQUESTS stays off: with IMMEDIATE every page view would take SQLite's write lock.
DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR_DIR / 'gscp.sqlite3'}", conn_max_age=600, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Tests want a file too: a browser's requests come on other threads, which share no database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATABASES["default"]["NAME"]).with_name("test.sqlite3"))}
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,  # seconds: a request that waits longer keeps others waiting
        # recursive_triggers makes INSERT OR REPLACE fire the delete trigger it would otherwise slip past;
        # secure_delete overwrites what a redaction takes out, where the library was not built to.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "subgroups.User"
# W004 asks for e-mails that are unique without exception; those that were taken out of the record are alike.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["subgroups.accounts.PostBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
] + [{"NAME": "subgroups.passwords.EasyPasswordValidator"}]
AUTH_PASSWORD_VALIDATORS[0]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "subgroups.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": None,  # wrong passwords are counted in subgroups/models/tries.py, right ones nowhere
    "login_failed": "5/5m/key,30/d/key",  # wrong codes of an account
    "change_password": "20/m/user",
    "reauthenticate": "20/m/user",
    "reset_password": "60/m/ip,5/h/key",  # a whole council may come from one address
}
ACCOUNT_FORMS = {
    "login": "subgroups.account_forms.SignInForm",
    "change_password": "subgroups.account_forms.ChangePasswordForm",
    "reauthenticate": "subgroups.account_forms.PasswordAgainForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a proof of who somebody is counts
# In a demonstration everybody may sign in with one published password.
SECOND_FACTOR_REQUIRED = not DEMO
MFA_ADAPTER = "subgroups.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # 30 seconds more on each side: clocks of telephones differ
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = (
    "required"  # by a PIN, a fingerprint or a face: it is the way to sign in, too
)
MFA_RATE_LIMITS = {"webauthn_login": "100/m/ip"}  # a whole council may come from one address
MFA_FORMS = {
    "authenticate": "subgroups.factor_forms.CodeForm",
    "reauthenticate": "subgroups.factor_forms.CodeAgainForm",
    "activate_totp": "subgroups.factor_forms.AddAppForm",
    "add_webauthn": "subgroups.factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "subgroups.factor_forms.PasskeyForm",
    "login_webauthn": "subgroups.factor_forms.PasskeySignInForm",
    "reauthenticate_webauthn": "subgroups.factor_forms.PasskeyAgainForm",
}
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # seconds for which the link of a new account works
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

# allauth counts tries here, and keeps which codes were used: for all processes and servers together.
CACHES = {"default": {"BACKEND": "gscp.shared_cache.SharedCache"}}

DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the end of a year has a tick for each action
FILE_UPLOAD_HANDLERS = ["gscp.uploads.OneFile"]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static" / "build"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
FILES_DIR = Path(os.environ.get("FILES_DIR") or VAR_DIR / "files").resolve()
if STATIC_ROOT.resolve() in (FILES_DIR, *FILES_DIR.parents):
    raise ImproperlyConfigured("FILES_DIR is in the folder of static files, where everybody could read it.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "gscp.static.StaticFiles"},
    "files": {"BACKEND": "gscp.store.Folder", "OPTIONS": {"location": FILES_DIR}},
}
if bucket := os.environ.get("FILES_BUCKET"):
    # Its keys come from where boto3 looks for them, such as AWS_ACCESS_KEY_ID.
    STORAGES["files"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, "endpoint_url": os.environ.get("FILES_ENDPOINT") or None},
    }
REDACTIONS_LIST = os.environ.get("REDACTIONS_LIST", "")
CLAMD = os.environ.get("CLAMD", "")

DEMO_ADDRESS = "http://127.0.0.1:8000"
SITE_ADDRESS = os.environ.get("SITE_ADDRESS") or (DEMO_ADDRESS if DEMO else f"https://{ALLOWED_HOSTS[0]}")
EMAIL_BACKEND = "gscp.mail.outbox.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "")
MAIL_SERVER = os.environ.get("MAIL_SERVER", "")
MAIL_TLS = os.environ.get("MAIL_TLS", "starttls")
if MAIL_TLS not in ("starttls", "implicit", "none"):
    raise ImproperlyConfigured("MAIL_TLS is starttls, implicit or none.")
MAIL_USER = os.environ.get("MAIL_USER", "")
MAIL_PASSWORD = os.environ.get("MAIL_PASSWORD", "")
NOTIFY_KEY = os.environ.get("NOTIFY_KEY", "")
NOTIFY_TEMPLATE = os.environ.get("NOTIFY_TEMPLATE", "")
NOTIFY_URL = os.environ.get("NOTIFY_URL", "")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "gscp.coming_back.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# Seconds for which somebody stays signed in: after their last request, and in all.
SIGNED_IN_IDLE, SIGNED_IN_AT_MOST = (43_200, 604_800) if DEMO else (3_600, 43_200)
SESSION_COOKIE_AGE = SIGNED_IN_AT_MOST
if not DEMO:
    # Behind one proxy, which ends HTTPS and names the client's address and scheme in its headers.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    # With this prefix a browser takes them from this host alone, and over HTTPS.
    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_COOKIE_SECURE = True

# Warnings and errors go to standard error, for whoever runs the server.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

# The history row's reason is text of any length, from the first migration on.
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
# Numbers order the record; nothing looks a history row up by its date.
SIMPLE_HISTORY_DATE_INDEX = False
