"""Django's settings that are the same for everybody. Databases and keys come from ``starting.start``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bulkhead.reporting import drawing

_HERE = Path(__file__).parent

DEBUG = False
SECRET_KEY = ""  # Django refuses to run until ``start`` has put the installation's own here
DATABASES: dict[str, Any] = {}
DATABASE_ROUTERS: list[str] = []
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "bulkhead.web.routes"
APPEND_SLASH = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "bulkhead.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "bulkhead.web.headers.content_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],  # before those of the apps, whose pages we draw ourselves
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bulkhead.web.frame.frame",
            ],
            "builtins": ["bulkhead.web.templatetags.wording", "django.templatetags.static"],
        },
    }
]

PROCRASTINATE_IMPORT_PATHS = ["bulkhead.web.tasks.carrying_out"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # only the one above is a task

AUTH_USER_MODEL = "web.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "bulkhead.web.people.password_rules.UnlikeTheirName"},
    {
        "NAME": "bulkhead.web.people.password_rules.LongEnough",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "bulkhead.web.people.password_rules.Uncommon"},
]
LOGIN_URL = "/log-in/"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "bulkhead.web.people.entering.Entering"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 5 * 60  # between the password and the second factor
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_ADAPTER = "bulkhead.web.people.factors.Factors"
MFA_FORMS = {
    "authenticate": "bulkhead.web.people.factor_forms.CodeAtLogin",
    "reauthenticate": "bulkhead.web.people.factor_forms.CodeAgain",
    "authenticate_webauthn": "bulkhead.web.people.factor_forms.PasskeyAsFactor",
    "reauthenticate_webauthn": "bulkhead.web.people.factor_forms.PasskeyAgain",
    "login_webauthn": "bulkhead.web.people.factor_forms.PasskeyAlone",
    "activate_totp": "bulkhead.web.people.factor_forms.FirstCode",
    "add_webauthn": "bulkhead.web.people.factor_forms.NewPasskey",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Bulkhead"
MFA_TOTP_TOLERANCE = 1

SESSION_ENGINE = "bulkhead.web.people.sessions"  # which also says when a session ends
SESSION_COOKIE_NAME = "bulkhead_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "bulkhead_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "bulkhead.web.failures.csrf_failed"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20

# Whoever gets the page that says something failed cannot see what; whoever runs the console finds it on its stderr.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR"},
        "bulkhead": {"handlers": ["stderr"], "level": "ERROR"},
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_NAME = "bulkhead_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [("report", Path(drawing.__path__[0]) / "styles")]  # how charts of reports look
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
