//! Why Kerberos came to nothing, by the numbers of GSSAPI and of MIT's library.

use crate::failure::Failure;
use libgssapi::error::{Error, MajorFlags};
use model::FailureCode;

/// First number of MIT's table of errors (`krb5_err`).
const BASE: i32 = -1_765_328_384;

/// By number above [`BASE`].
const CODES: [(i32, FailureCode); 14] = [
    // KDC_ERR_S_PRINCIPAL_UNKNOWN, KDC_ERR_PRINCIPAL_NOT_UNIQUE, KDC_ERR_MUST_USE_USER2USER
    (7, FailureCode::TicketRefused),
    (8, FailureCode::TicketRefused),
    (27, FailureCode::TicketRefused),
    // KDC_ERR_POLICY, KDC_ERR_ETYPE_NOSUPP
    (12, FailureCode::TicketRefused),
    (14, FailureCode::TicketRefused),
    // KDC_ERR_NEVER_VALID: beginning and end the wrong way round, by its clock
    (11, FailureCode::TicketClockSkew),
    // KRB_AP_ERR_TKT_EXPIRED
    (32, FailureCode::TicketMissing),
    // KRB_AP_ERR_TKT_NYV, KRB_AP_ERR_SKEW
    (33, FailureCode::TicketClockSkew),
    (37, FailureCode::TicketClockSkew),
    // KRB5_CC_NOTFOUND, KRB5_FCC_NOFILE
    (141, FailureCode::TicketMissing),
    (195, FailureCode::TicketMissing),
    // KRB5_REALM_UNKNOWN, KRB5_KDC_UNREACH, KRB5_REALM_CANT_RESOLVE
    (154, FailureCode::KdcUnreachable),
    (156, FailureCode::KdcUnreachable),
    (220, FailureCode::KdcUnreachable),
];

/// What an error of the library is.
pub(super) fn of(error: Option<&Error>, words: String) -> Failure {
    Failure::new(error.map_or(FailureCode::TicketError, code), words)
}

fn code(error: &Error) -> FailureCode {
    let number = i32::from_ne_bytes(error.minor.to_ne_bytes()).wrapping_sub(BASE);
    let known = CODES.iter().find(|(known, _)| *known == number);
    if let Some((_, code)) = known {
        return code.clone();
    }
    let routine = error.major.bits() & ROUTINE;
    let none = [
        MajorFlags::GSS_S_NO_CRED,
        MajorFlags::GSS_S_CREDENTIALS_EXPIRED,
        MajorFlags::GSS_S_DEFECTIVE_CREDENTIAL,
    ];
    // They are numbers, not flags, in spite of their type.
    if none.iter().any(|one| routine == one.bits()) {
        FailureCode::TicketMissing
    } else {
        FailureCode::TicketError
    }
}

/// Where GSSAPI keeps the error of a routine.
const ROUTINE: u32 = 0xFF << 16;

#[cfg(test)]
mod tests {
    use super::{BASE, code};
    use libgssapi::error::{Error, MajorFlags};
    use model::FailureCode;

    fn of(major: u32, number: i32) -> FailureCode {
        code(&Error {
            major: MajorFlags::from_bits_retain(major),
            minor: u32::from_ne_bytes((BASE + number).to_ne_bytes()),
        })
    }

    #[test]
    fn numbers_tell_who_has_to_act() {
        const FAILURE: u32 = 13 << 16;
        for (number, expected) in [
            (7, FailureCode::TicketRefused),
            (37, FailureCode::TicketClockSkew),
            (32, FailureCode::TicketMissing),
            (195, FailureCode::TicketMissing),
            (156, FailureCode::KdcUnreachable),
            (60, FailureCode::TicketError),
        ] {
            assert_eq!(of(FAILURE, number), expected, "{number}");
        }
        // No credentials at all, whatever the mechanism adds.
        assert_eq!(of(7 << 16, 60), FailureCode::TicketMissing);
        assert_eq!(of(11 << 16, 60), FailureCode::TicketMissing);
    }
}
