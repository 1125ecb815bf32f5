"""Addresses of allauth's own pages, under the names by which it finds them; what we do not use is not mounted."""

from allauth.account.views import reauthenticate
from allauth.mfa.base.views import authenticate
from allauth.mfa.base.views import reauthenticate as reauthenticate_by_code
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from unisono.web.sign_in import doors, security

urlpatterns = [
    path("sign-in/", doors.sign_in, name="account_login"),
    path("sign-in/code/", authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("me/security/", security.security, name="mfa_index"),
    path("me/security/", security.security, name="mfa_list_webauthn"),
    path("me/security/again/", reauthenticate, name="account_reauthenticate"),
    path("me/security/again/code/", reauthenticate_by_code, name="mfa_reauthenticate"),
    path("me/security/again/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("me/security/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("me/security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("me/security/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("me/security/codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("me/security/codes/download", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("me/security/passkeys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("me/security/passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("me/security/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
]
