//! Why a secret could not be sealed, opened or used. No message ever holds the secret, or any part of it.

use thiserror::Error;

/// Why sealing or opening did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The sealed text is not base64.
    #[error("the sealed secret is not base64")]
    NotBase64,
    /// Larger than any secret of this version.
    #[error("the sealed secret is too large")]
    TooLarge,
    /// Sealed to another key, or changed on the way.
    #[error("the sealed secret was not sealed to this agent's key, or was changed on the way")]
    NotSealedToThisKey,
    /// What was sealed is not canonical JSON with exactly the known fields.
    #[error("what was sealed is not in the agreed form")]
    NotCanonical,
    /// Sealed for another version of this crate.
    #[error("the secret was sealed in version {0}, which this agent does not read")]
    WrongVersion(u32),
    /// A field breaks its bound; the name of the field.
    #[error("`{0}` of the sealed secret is empty, too long or not in its form")]
    OutOfBounds(&'static str),
    /// The key given is not an X25519 key in base64.
    #[error("not an X25519 key: 32 bytes in base64 are needed")]
    NotAKey,
    /// The cipher would not seal.
    #[error("the secret could not be sealed")]
    Unsealable,
}

/// Why an opened secret may not be used on a plan. Nothing is sent to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The plan names another host.
    #[error("the secret was sealed for another host than the plan names")]
    OtherHost,
    /// The plan names another port.
    #[error("the secret was sealed for another port than the plan names")]
    OtherPort,
    /// The plan names another user.
    #[error("the secret was sealed for another user than the plan names")]
    OtherUser,
    /// The plan would trust any certificate, the person would not.
    #[error("the secret was sealed for a verified certificate only, and the plan trusts any")]
    CertificateToBeVerified,
    /// The plan would send it in clear text, the person would not.
    #[error(
        "the secret was sealed for an encrypted connection only, and the plan allows clear text"
    )]
    NotInClearText,
    /// Its time is over.
    #[error("the sealed secret has expired; it must be used within 15 minutes")]
    Expired,
    /// It claims to be good for longer than any secret may be.
    #[error("the sealed secret claims to be good for more than a day; a clock may be wrong")]
    ValidTooLong,
}
