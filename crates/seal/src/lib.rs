//! Sealing a secret to one agent, and opening it there.
//!
//! A password is sealed in the browser to the chosen agent's X25519 key and opened on that agent's host. What
//! lies between (portal, database, network) sees a sealed box as libsodium's `crypto_box_seal` makes it, so any
//! libsodium binding can make or open one. Inside is canonical JSON:
//!
//! ```text
//! ephemeral public key (32) | tag (16) | {"v":1,"secret":…,"user":…,"host":…,"port":…,
//!                                     "trust_server_certificate":…,"allow_clear_text":…,"nonce":…,"not_after":…}
//! ```
//!
//! The secret travels together with what it is for. [`check`] is the pure question "may this secret be used on
//! that plan, now?"; whether a nonce was seen before is for the agent, who keeps that memory.
//!
//! This crate knows no clock, no files and no network. Its only outside source is the operating system's (or
//! the browser's) random numbers, for the ephemeral key and the nonce.

mod contents;
mod error;
mod key;

pub use contents::{Contents, LONGEST_VALIDITY_HOURS, Purpose, VERSION, check};
pub use error::{Error, Refusal};
pub use key::{PublicKey, SecretKey, fingerprint};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::aead::OsRng;
use zeroize::Zeroizing;

/// Longest JSON that is sealed or opened, in bytes.
pub const LONGEST_CONTENTS: usize = 16 * 1024;

/// What a sealed box adds: the ephemeral public key and the tag.
const OVERHEAD: usize = 32 + 16;

/// Seals `contents` so that only the holder of the other half of `to` can read them. Base64.
///
/// # Errors
/// When the contents break a bound of this version, so that nobody seals what no agent would open.
pub fn seal(contents: &Contents, to: &PublicKey) -> Result<String, Error> {
    let json = contents.to_canonical_json()?;
    let sealed = to
        .inner()
        .seal(&mut OsRng, &json)
        .map_err(|_| Error::Unsealable)?;
    Ok(STANDARD.encode(sealed))
}

/// Opens what [`seal`] made (or libsodium's `crypto_box_seal` of the same JSON).
///
/// # Errors
/// When it is not base64, too large, not sealed to this key, changed on the way, not canonical JSON of this
/// version, or breaks a bound.
pub fn open(sealed: &str, with: &SecretKey) -> Result<Contents, Error> {
    // Four characters of base64 for three bytes: bounded before anything is decoded.
    if sealed.len() > (LONGEST_CONTENTS + OVERHEAD).div_ceil(3) * 4 {
        return Err(Error::TooLarge);
    }
    let bytes = STANDARD.decode(sealed).map_err(|_| Error::NotBase64)?;
    let json = Zeroizing::new(
        with.inner()
            .unseal(&bytes)
            .map_err(|_| Error::NotSealedToThisKey)?,
    );
    Contents::from_canonical_json(&json)
}
