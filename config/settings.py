"""One file, everything from the environment; `.env.example` explains each variable.

ENVIRONMENT is `production` unless said otherwise, and production has no default for a secret or an address: a missing
one stops the process with its name. `development` and `test` are what `make demo` and `make test` set.
"""

from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from .logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# Django's generic classes take type arguments in the stubs; this lets them at run time too.
django_stubs_ext.monkeypatch()

env = environ.Env()
env.read_env(str(BASE_DIR / ".env"))

ENVIRONMENT = env.str("ENVIRONMENT", default="production")
if ENVIRONMENT not in {"production", "development", "test"}:
    raise ImproperlyConfigured(
        f"ENVIRONMENT is {ENVIRONMENT!r}; set it to production, development or test (`make demo` does it for you)."
    )
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

SECRET_KEY = env.str("SECRET_KEY")
SEALING_KEYS = env.list("SEALING_KEYS")
PUBLIC_URL: str = env.str("PUBLIC_URL").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_URL).hostname or ""])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "onboarding",
    "webhooks",
    "integrations",
    "tenants",
    "config.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_structlog",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # with bytes of random length, so that sizes tell nothing of tokens
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.headers.middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tenants.reader.zone_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.session_limits.middleware",
    "tenants.reader.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# The portal runs under a role that owns no table, so that row-level security binds it; only `release` uses the owner.
DATABASES = {
    "default": env.db("DATABASE_URL", engine="tenants.pooled"),
    "owner": env.db("DATABASE_OWNER_URL", default=env.str("DATABASE_URL"), engine="tenants.pooled"),
}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "TEST": {"MIRROR": "owner"}}
DATABASE_ROUTERS = ["tenants.roles.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "tenants.caches.KeptCache",
        "LOCATION": REDIS_URL,
        # Nobody waits longer for what is only counted or remembered.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "tenants.rights.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_REDIRECT_URL = "onboarding:home"
LOGIN_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_ADAPTER = "tenants.accounts.InvitationOnlyAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # else the host in brackets
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 180
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"length": 8, "dashed": True}
ACCOUNT_FORMS = {
    "login": "tenants.asking.SignInForm",
    "request_login_code": "tenants.asking.CodeForm",
    "confirm_login_code": "tenants.codes.CountedCodeForm",
}
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip"}  # by mailbox we count ourselves
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
# Limits count by address of the visitor, which is not the balancer's.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=int(IS_PRODUCTION))
MFA_ADAPTER = "tenants.accounts.SealedMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if ENVIRONMENT == "test":
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Appcast onboarding <onboarding@appcast.example>")

# Where whoever finds a weakness may write: an address or a page.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default=f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}")
if not SECURITY_CONTACT.startswith(("mailto:", "https:")):
    raise ImproperlyConfigured(
        f"SECURITY_CONTACT is {SECURITY_CONTACT!r}; begin it with mailto: or https:, since machines read it too."
    )

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A message that cannot be published in a moment is not worth a waiting customer: the sweep finds the row.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Without it, kombu tries for six seconds to reach a broker that is down, within each request that rings.
    "max_retries": 0,
}
CELERY_TASK_DEFAULT_QUEUE = "upkeep"
# `sweep` and `events` have workers of their own: what takes long must not stand before them.
CELERY_TASK_ROUTES = {
    "integrations.tasks.sweep": {"queue": "sweep"},
    "webhooks.tasks.process_events": {"queue": "events"},
    "integrations.tasks.send_conversions": {"queue": "conversions"},
    "integrations.tasks.deliver": {"queue": "deliveries"},
    "webhooks.tasks.go_on_replaying": {"queue": "deliveries"},
    "integrations.tasks.run_feed_sync": {"queue": "feeds"},
    "integrations.tasks.publish_feed": {"queue": "feeds"},
    "integrations.tasks.check_form": {"queue": "feeds"},
    "integrations.tasks.compare_feed": {"queue": "feeds"},
}
WORKER_QUEUES = sorted({CELERY_TASK_DEFAULT_QUEUE, *(it["queue"] for it in CELERY_TASK_ROUTES.values())})
CELERY_BEAT_SCHEDULE = {
    # The rows are the queue: what no message told of is found here. A late tick is worth nothing.
    "sweep": {"task": "integrations.tasks.sweep", "schedule": 1, "options": {"expires": 1}},
    "feeds": {"task": "integrations.tasks.schedule_feeds", "schedule": 60, "options": {"expires": 60}},
    "diagnoses": {"task": "onboarding.tasks.ring_for_diagnoses", "schedule": 60, "options": {"expires": 60}},
    "owners": {"task": "onboarding.tasks.ring_for_owners", "schedule": 60, "options": {"expires": 60}},
    "notices": {"task": "onboarding.tasks.ring_for_notices", "schedule": 60, "options": {"expires": 60}},
    # Down each queue: whoever takes it shows that the queue has a worker.
    **{
        f"pulse of {queue}": {
            "task": "onboarding.tasks.note_pulse",
            "args": [queue],
            "schedule": 60,
            "options": {"queue": queue, "expires": 600},
        }
        for queue in WORKER_QUEUES
    },
    "readings": {"task": "integrations.tasks.schedule_readings", "schedule": 3600},
    "grants": {"task": "integrations.tasks.refresh_idle_grants", "schedule": 3600},
    "sessions": {"task": "tenants.tasks.forget_ended_sessions", "schedule": crontab(hour=1, minute=50)},
    "audit": {"task": "tenants.tasks.check_audit_trail", "schedule": crontab(hour=2, minute=20)},
    "syncs": {"task": "integrations.tasks.forget_old_syncs", "schedule": 3600},
    "retention": {"task": "integrations.tasks.erase_old_applications", "schedule": 3600},
}
CELERY_BEAT_SCHEDULER = "config.beat.StandingBy"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_PRODUCTION
# Plain HTTP is answered to the balancer's own probes, and to Lever never by a redirect, which it counts as a failure.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^webhooks/", r"^api/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_ENGINE = "tenants.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "__Host-language" if IS_PRODUCTION else "language"
LANGUAGE_COOKIE_SECURE = IS_PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# What no page of ours asks a browser for. Passkeys and copying to the clipboard are left to our own pages.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        *("accelerometer", "autoplay", "bluetooth", "camera", "clipboard-read"),
        *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
        *("idle-detection", "magnetometer", "microphone", "midi", "payment"),
        *("picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
LOGGING = logging_config(as_json=IS_PRODUCTION)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

LEVER_CLIENT_ID = env.str("LEVER_CLIENT_ID")
LEVER_CLIENT_SECRET = env.str("LEVER_CLIENT_SECRET")
LEVER_SCOPES = env.list(
    "LEVER_SCOPES",
    default=[
        "offline_access",
        "postings:read:admin",
        "postings:write:admin",
        "uploads:write:admin",
        "stages:read:admin",
        "archive_reasons:read:admin",
        "sources:read:admin",
        "webhooks:write:admin",
        "opportunities:write:admin",
        "applications:read:admin",
    ],
)
LEVER_AUTH_URL = env.str("LEVER_AUTH_URL", default="https://auth.lever.co")
LEVER_API_URL = env.str("LEVER_API_URL", default="https://api.lever.co")
LEVER_AUDIENCE = env.str("LEVER_AUDIENCE", default="https://api.lever.co/v1/")
LEVER_APP_URL = env.str("LEVER_APP_URL", default="https://hire.lever.co")
LEVER_FEED_HOSTS = env.list("LEVER_FEED_HOSTS", default=["api.lever.co", "api.eu.lever.co"])
OUTGOING_TRUSTED_ORIGINS = env.list("OUTGOING_TRUSTED_ORIGINS", default=[])

APPCAST_CONVERSIONS_URL = env.str("APPCAST_CONVERSIONS_URL")
APPCAST_CONVERSIONS_SECRET = env.str("APPCAST_CONVERSIONS_SECRET")
