//! Making a connection secure.

use super::Means::{By, In, Is, Names};
use super::{Row, r};
use crate::decode::Driver::{Go, Jdbc, Odbc, SqlClient, Tedious, Tiberius};
use crate::decode::Phase::Tls;
use crate::decode::Sign::{
    Closed, TlsExpired, TlsFailed, TlsName, TlsRevocation, TlsUntrusted, TlsVersion,
};

pub(super) const ROWS: &[Row] = &[
    r(
        "driver could not establish a secure connection",
        &[Names(Jdbc), Is(TlsFailed), In(Tls)],
    ),
    r(
        "sichere verbindung mit sql server",
        &[By(Jdbc), Is(TlsFailed), In(Tls)],
    ),
    r("ssl provider", &[By(SqlClient), In(Tls)]),
    r("ssl-anbieter", &[In(Tls)]),
    r("[ssl provider", &[By(Odbc)]),
    r("ssl routines", &[Is(TlsFailed), In(Tls)]),
    r(
        "error forming tls connection",
        &[Names(Tiberius), Is(TlsFailed), In(Tls)],
    ),
    r("tls handshake eof", &[Is(Closed), In(Tls)]),
    r("tls handshake failed", &[Is(TlsFailed), In(Tls)]),
    r("tls: handshake failure", &[By(Go), Is(TlsVersion), In(Tls)]),
    r("remote error: tls", &[By(Go), Is(TlsFailed), In(Tls)]),
    r(
        "client network socket disconnected before secure tls connection",
        &[By(Tedious), Is(Closed), In(Tls)],
    ),
    r("sslhandshakeexception", &[By(Jdbc), Is(TlsFailed), In(Tls)]),
    r(
        "pkix path building failed",
        &[By(Jdbc), Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "unable to find valid certification path",
        &[By(Jdbc), Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "certificate chain was issued by an authority that is not trusted",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "zertifikatkette wurde von einer nicht vertrauensw*rdigen",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "terminated in a root certificate which is not trusted",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "remote certificate is invalid according to the validation procedure",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "remote certificate was rejected",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r("untrustedroot", &[Is(TlsUntrusted), In(Tls)]),
    r("partialchain", &[Is(TlsUntrusted), In(Tls)]),
    r("self signed certificate", &[Is(TlsUntrusted), In(Tls)]),
    r("self-signed certificate", &[Is(TlsUntrusted), In(Tls)]),
    r(
        "unable to get local issuer certificate",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "unable to verify the first certificate",
        &[Is(TlsUntrusted), In(Tls)],
    ),
    r(
        "certificate signed by unknown authority",
        &[By(Go), Is(TlsUntrusted), In(Tls)],
    ),
    r("certificate verify failed", &[Is(TlsUntrusted), In(Tls)]),
    r(
        "invalid peer certificate: unknownissuer",
        &[By(Tiberius), Is(TlsUntrusted), In(Tls)],
    ),
    r("0x800b0109", &[Is(TlsUntrusted), In(Tls)]),
    r("0x80090325", &[Is(TlsUntrusted), In(Tls)]),
    r(
        "target principal name is incorrect",
        &[Is(TlsName), In(Tls)],
    ),
    r("zielprinzipalname ist falsch", &[Is(TlsName), In(Tls)]),
    r(
        "failed to validate the server name",
        &[By(Jdbc), Is(TlsName), In(Tls)],
    ),
    r("remotecertificatenamemismatch", &[Is(TlsName), In(Tls)]),
    r(
        "hostname/ip does not match certificate",
        &[By(Tedious), Is(TlsName), In(Tls)],
    ),
    r(
        "certificate is valid for *not",
        &[By(Go), Is(TlsName), In(Tls)],
    ),
    r("subject name does not match", &[Is(TlsName), In(Tls)]),
    r(
        "certificate not valid for name",
        &[By(Tiberius), Is(TlsName), In(Tls)],
    ),
    r("notvalidforname", &[By(Tiberius), Is(TlsName), In(Tls)]),
    r("0x80090322", &[Is(TlsName), In(Tls)]),
    r("0x800b010f", &[Is(TlsName), In(Tls)]),
    r("certificate has expired", &[Is(TlsExpired), In(Tls)]),
    r("certificate expired", &[Is(TlsExpired), In(Tls)]),
    r(
        "certificateexpiredexception",
        &[By(Jdbc), Is(TlsExpired), In(Tls)],
    ),
    r(
        "certificatenotyetvalidexception",
        &[By(Jdbc), Is(TlsExpired), In(Tls)],
    ),
    r("certificate is not yet valid", &[Is(TlsExpired), In(Tls)]),
    r(
        "certificate has expired or is not yet valid",
        &[Is(TlsExpired), In(Tls)],
    ),
    r("notvalidyet", &[Is(TlsExpired), In(Tls)]),
    r("nottimevalid", &[Is(TlsExpired), In(Tls)]),
    r("0x80090328", &[Is(TlsExpired), In(Tls)]),
    r(
        "server selected protocol version tls",
        &[By(Jdbc), Is(TlsVersion), In(Tls)],
    ),
    r(
        "server chose tlsv1, but",
        &[By(Jdbc), Is(TlsVersion), In(Tls)],
    ),
    r(
        "no appropriate protocol",
        &[By(Jdbc), Is(TlsVersion), In(Tls)],
    ),
    r("handshake_failure", &[Is(TlsVersion), In(Tls)]),
    r("unsupported protocol", &[Is(TlsVersion), In(Tls)]),
    r("tlsv1 alert protocol version", &[Is(TlsVersion), In(Tls)]),
    r("alert protocol version", &[Is(TlsVersion), In(Tls)]),
    r(
        "server selected unsupported protocol version",
        &[By(Go), Is(TlsVersion), In(Tls)],
    ),
    r("wrong version number", &[Is(TlsVersion), In(Tls)]),
    r("dh key too small", &[Is(TlsVersion), In(Tls)]),
    r(
        "do not possess a common algorithm",
        &[Is(TlsVersion), In(Tls)],
    ),
    r("no cipher suites in common", &[Is(TlsVersion), In(Tls)]),
    r(
        "ssl handshake failed with openssl error",
        &[Is(TlsVersion), In(Tls)],
    ),
    r(
        "peer is incompatible",
        &[By(Tiberius), Is(TlsVersion), In(Tls)],
    ),
    r("peerincompatible", &[By(Tiberius), Is(TlsVersion), In(Tls)]),
    r("0x80090326", &[Is(TlsVersion), In(Tls)]),
    r("0x80090331", &[Is(TlsVersion), In(Tls)]),
    r(
        "revocation server was offline",
        &[Is(TlsRevocation), In(Tls)],
    ),
    r(
        "revocation function was unable to check",
        &[Is(TlsRevocation), In(Tls)],
    ),
    r("revocationstatusunknown", &[Is(TlsRevocation), In(Tls)]),
    r("0x80092013", &[Is(TlsRevocation), In(Tls)]),
    r("0x80092012", &[Is(TlsRevocation), In(Tls)]),
];
