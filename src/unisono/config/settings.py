"""Django settings, derived from the typed environment."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from unisono.config.environment import Environment, mail_settings

ENVIRONMENT = Environment()
PACKAGE = Path(__file__).resolve().parent.parent


def _kept_secret_key(folder: Path) -> str:
    """The installation's key, made at the first start and readable by its owner alone."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or _kept_secret_key(ENVIRONMENT.data_dir)
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
BASE_URL = ENVIRONMENT.base_url.rstrip("/")
DATA_DIR = ENVIRONMENT.data_dir
FILES_DIR = DATA_DIR / "files"
# Read when compiled loops are first loaded; beside the source where that can be written.
if not os.access(PACKAGE / "core", os.W_OK):
    os.environ.setdefault("NUMBA_CACHE_DIR", str(DATA_DIR / "compiled"))
ERASURES_FILE = ENVIRONMENT.erasures_file or DATA_DIR / "erasures.jsonl"
AUDIT_HEADS_FILE = ENVIRONMENT.audit_heads_file or DATA_DIR / "audit" / "heads.jsonl"
MAX_UPLOAD_BYTES = ENVIRONMENT.max_upload_mib * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "unisono.platform",
    "unisono.areas.network",
    "unisono.areas.activities",
    "unisono.web",
]

MIDDLEWARE = [
    "unisono.platform.logging.RequestLogMiddleware",
    # First of all, so that refusals and files carry the headers of these two as well.
    "django.middleware.security.SecurityMiddleware",
    "unisono.web.security.ContentSecurityPolicyMiddleware",
    "unisono.platform.limits.RequestSizeMiddleware",
    "unisono.api.problems.ProblemDetailsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "unisono.web.sign_in.sessions.LastSeenMiddleware",
    "unisono.web.workspace.WorkspaceMiddleware",
]

ROOT_URLCONF = "unisono.config.urls"
WSGI_APPLICATION = "unisono.config.wsgi.application"
AUTH_USER_MODEL = "platform.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unisono.web.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django_cotton.templatetags.cotton",
                "unisono.web.templatetags.unisono",
            ],
        },
    }
]
COTTON_DIR = "components"
# A component sees what it is given, never by accident a variable of the page around it.
COTTON_ISOLATE_BY_DEFAULT = True

_DATABASE_URL = ENVIRONMENT.database_url or f"sqlite:///{DATA_DIR / 'unisono.sqlite3'}"
DATABASES = {"default": dict(dj_database_url.parse(_DATABASE_URL))}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at BEGIN: a reader that turns writer half-way would fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-64000;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}}

# Attempts are counted in the database, so that limits hold across all processes of the server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "platform_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
SIGN_UP_OPEN = ENVIRONMENT.sign_up_open
ACCOUNT_ADAPTER = "unisono.web.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
# An address is proven by the one-time link that was mailed to it; accounts begin with one.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    # Ours: asking for a link by mail, opening a link or an invitation.
    "link": "10/m/ip,3/10m/key",
    "secret": "60/m/ip",
}
MFA_ADAPTER = "unisono.web.sign_in.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_TOTP_ISSUER = "Unisono"
MFA_TOTP_TOLERANCE = 1
# Without TLS a browser knows passkeys at localhost only, whose origin is no https:// one.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BASE_URL.startswith("https://")
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENVIRONMENT.trust_proxy else 0

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

globals().update(mail_settings(ENVIRONMENT.email_url or "", DATA_DIR / "mail"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.email_from or f"unisono@{urlsplit(BASE_URL).hostname or 'localhost'}"

OUTBOUND_ALLOW_NETWORKS = tuple(ENVIRONMENT.outbound_allow_networks)
OUTBOUND_ALLOW_PORTS = tuple(ENVIRONMENT.outbound_allow_ports)

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
# Files are served from the package itself, so a fresh install needs no collectstatic step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
# With this prefix a browser takes a cookie from this very host over TLS only, so that no neighbour can plant one.
COOKIE_PREFIX = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Over two weeks after it was last used a session is over, and after thirty days in any case.
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_LONGEST_SECONDS = 30 * 24 * 60 * 60
MESSAGE_STORAGE = "unisono.web.security.MessageStorage"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if BASE_URL.startswith("https://"):
    SECURE_HSTS_SECONDS = 31_536_000
if ENVIRONMENT.trust_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "unisono.platform.logging.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": ENVIRONMENT.log_level},
    "loggers": {
        # One line a request comes from our own middleware; Django's would add paths with search words.
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "ERROR"},
        # Its warnings name whole addresses, in which a receiver may keep a secret.
        "urllib3": {"level": "ERROR"},
    },
}
