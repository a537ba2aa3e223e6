//! An agent's key pair, and the fingerprint that people compare.

use crate::Error;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::aead::OsRng;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The half that everybody may know.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(crypto_box::PublicKey);

impl PublicKey {
    /// From its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(crypto_box::PublicKey::from_bytes(bytes))
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// From base64, as the API gives it.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        Ok(Self::from_bytes(*decode(text)?))
    }

    /// In base64, as the API gives it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    pub(crate) fn inner(&self) -> &crypto_box::PublicKey {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", fingerprint(self))
    }
}

/// The half that never leaves its host. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct SecretKey(crypto_box::SecretKey);

impl SecretKey {
    /// A new one, from the operating system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(crypto_box::SecretKey::generate(&mut OsRng))
    }

    /// From its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(crypto_box::SecretKey::from_bytes(bytes))
    }

    /// From base64, as it stands in the agent's key file.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        Ok(Self::from_bytes(*decode(text)?))
    }

    /// In base64, for the agent's key file and nothing else.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(Zeroizing::new(self.0.to_bytes())))
    }

    /// The other half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }

    pub(crate) fn inner(&self) -> &crypto_box::SecretKey {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// For the eye: the first 16 bytes of the key's SHA-256, in groups of 4 hex digits.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> String {
    let digest = hex::encode(Sha256::digest(key.0.as_bytes()));
    let mut out = String::with_capacity(39);
    for (place, digit) in digest.chars().take(32).enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

fn decode(text: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let text = text.trim();
    if text.len() > 64 {
        return Err(Error::NotAKey);
    }
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| Error::NotAKey)?);
    let array: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Error::NotAKey)?;
    Ok(Zeroizing::new(array))
}
