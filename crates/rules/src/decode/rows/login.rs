//! Signing in, as servers and drivers word it, number or not.

use super::Means::{In, Is, Nr};
use super::{Row, r};
use crate::decode::Phase::Login;
use crate::decode::Sign::{
    DatabaseMissing, FirewallRule, Kerberos, LoginRejected, PublicDenied, TokenRefused, WrongServer,
};

pub(super) const ROWS: &[Row] = &[
    r(
        "login failed for user",
        &[Is(LoginRejected), Nr(18456), In(Login)],
    ),
    r(
        "anmeldung f*r den benutzer",
        &[Is(LoginRejected), Nr(18456), In(Login)],
    ),
    r(
        "fehler bei der anmeldung f*r den benutzer",
        &[Is(LoginRejected), Nr(18456), In(Login)],
    ),
    r(
        "chec de l'ouverture de session de l'utilisateur",
        &[Is(LoginRejected), Nr(18456), In(Login)],
    ),
    r(
        "error de inicio de sesi*n del usuario",
        &[Is(LoginRejected), Nr(18456), In(Login)],
    ),
    r(
        "login is from an untrusted domain",
        &[Is(Kerberos), Nr(18452), In(Login)],
    ),
    r("login error:", &[In(Login)]),
    r(
        "the account is disabled",
        &[Is(LoginRejected), Nr(18470), In(Login)],
    ),
    r(
        "account is currently locked out",
        &[Is(LoginRejected), Nr(18486), In(Login)],
    ),
    r(
        "the password of the account has expired",
        &[Is(LoginRejected), Nr(18487), In(Login)],
    ),
    r(
        "the password of the account must be changed",
        &[Is(LoginRejected), Nr(18488), In(Login)],
    ),
    r(
        "logon failed for login * due to trigger execution",
        &[Is(LoginRejected), Nr(17892), In(Login)],
    ),
    r(
        "is not able to access the database",
        &[Is(LoginRejected), Nr(916), In(Login)],
    ),
    r(
        "cannot open user default database",
        &[Is(LoginRejected), Nr(4064), In(Login)],
    ),
    r(
        "is not allowed to access the server",
        &[Is(FirewallRule), Nr(40615), In(Login)],
    ),
    r(
        "ist nicht zum zugriff auf den server berechtigt",
        &[Is(FirewallRule), Nr(40615), In(Login)],
    ),
    r(
        "cannot open server *requested by the login. client",
        &[Is(FirewallRule), In(Login)],
    ),
    r(
        "cannot open server *requested by the login. the login failed",
        &[Is(WrongServer), Nr(40532), In(Login)],
    ),
    r(
        "is not allowed to access the server. to enable access",
        &[Is(FirewallRule), Nr(40615), In(Login)],
    ),
    r(
        "deny public network access",
        &[Is(PublicDenied), Nr(47073), In(Login)],
    ),
    r(
        "public network access on this server is",
        &[Is(PublicDenied), Nr(47073), In(Login)],
    ),
    r(
        "server name cannot be determined",
        &[Is(WrongServer), Nr(40531), In(Login)],
    ),
    r(
        "cannot open database *requested by the login",
        &[Is(DatabaseMissing), Nr(4060), In(Login)],
    ),
    r(
        "angeforderte datenbank *kann nicht ge*ffnet werden",
        &[Is(DatabaseMissing), Nr(4060), In(Login)],
    ),
    r("cannot generate sspi context", &[Is(Kerberos), In(Login)]),
    r(
        "sspi-kontext kann nicht generiert werden",
        &[Is(Kerberos), In(Login)],
    ),
    r(
        "sspi handshake failed",
        &[Is(Kerberos), Nr(17806), In(Login)],
    ),
    r("gssexception", &[Is(Kerberos), In(Login)]),
    r("krb5", &[Is(Kerberos)]),
    r(
        "integrated authentication failed",
        &[Is(Kerberos), In(Login)],
    ),
    r("aadsts", &[Is(TokenRefused), In(Login)]),
    r(
        "failed to authenticate the user",
        &[Is(TokenRefused), In(Login)],
    ),
    r(
        "defaultazurecredential failed",
        &[Is(TokenRefused), In(Login)],
    ),
    r("managedidentitycredential", &[Is(TokenRefused), In(Login)]),
    r("msal", &[Is(TokenRefused), In(Login)]),
    r("token is expired", &[Is(TokenRefused), In(Login)]),
    r(
        "for user '<token-identified principal>'",
        &[Is(TokenRefused), In(Login)],
    ),
];
