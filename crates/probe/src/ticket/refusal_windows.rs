//! Why Kerberos came to nothing, by the numbers of SSPI.

use crate::failure::Failure;
use model::FailureCode;
use std::convert::Infallible;

/// By the number that the error's words end with or hold.
const CODES: [(&str, FailureCode); 8] = [
    // SEC_E_TARGET_UNKNOWN, SEC_E_WRONG_PRINCIPAL
    ("0x80090303", FailureCode::TicketRefused),
    ("0x80090322", FailureCode::TicketRefused),
    // SEC_E_NO_CREDENTIALS, SEC_E_LOGON_DENIED, SEC_E_CONTEXT_EXPIRED
    ("0x8009030E", FailureCode::TicketMissing),
    ("0x8009030C", FailureCode::TicketMissing),
    ("0x80090317", FailureCode::TicketMissing),
    // SEC_E_TIME_SKEW
    ("0x80090324", FailureCode::TicketClockSkew),
    // SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_KERB_KEY
    ("0x80090311", FailureCode::KdcUnreachable),
    ("0x80090348", FailureCode::KdcUnreachable),
];

/// What an error of the library is. Its numbers stand in its words alone.
pub(super) fn of(_error: Option<&Infallible>, words: String) -> Failure {
    let upper = words.to_ascii_uppercase().replace("0X", "0x");
    let known = CODES.iter().find(|(number, _)| upper.contains(number));
    let code = known.map_or(FailureCode::TicketError, |(_, code)| code.clone());
    Failure::new(code, words)
}
