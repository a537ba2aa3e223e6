//! The operator's password: argon2id, written as a PHC string. The password itself is kept nowhere.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};

/// A password has at least so many characters.
pub const LEAST_CHARS: usize = 12;
/// Longer ones are refused before they are hashed.
const MOST_BYTES: usize = 1024;

/// Why a password or its hash cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password must have at least {LEAST_CHARS} characters")]
    Short,
    /// Too long.
    #[error("the password must have at most {MOST_BYTES} bytes")]
    Long,
    /// The hash is none of ours.
    #[error("the password hash is no argon2id hash as `linecheck hash-password` writes it")]
    Hash,
    /// The system gave no memory or no random numbers.
    #[error("the password cannot be hashed on this host")]
    Host,
}

/// A password's hash, to compare with.
pub struct Password {
    hash: PasswordHash,
    /// Of the written hash: what binds logins to it.
    mark: [u8; 32],
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Hashes a new password: argon2id with 19 MiB, 2 passes, 1 lane.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn hash(password: &str) -> Result<String, PasswordError> {
        if password.chars().count() < LEAST_CHARS {
            return Err(PasswordError::Short);
        }
        if password.len() > MOST_BYTES {
            return Err(PasswordError::Long);
        }
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|_| PasswordError::Host)
    }

    /// Reads a written hash.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(written: &str) -> Result<Self, PasswordError> {
        let written = written.trim();
        let hash = PasswordHash::new(written).map_err(|_| PasswordError::Hash)?;
        let is_ours = hash.algorithm.as_str() == "argon2id"
            && hash.hash.is_some()
            && hash.salt.is_some()
            && argon2::Params::try_from(&hash).is_ok();
        is_ours
            .then(|| Self {
                hash,
                mark: Sha256::digest(written.as_bytes()).into(),
            })
            .ok_or(PasswordError::Hash)
    }

    /// Whether this is it. Takes tens of milliseconds of a core, on purpose.
    #[must_use]
    pub fn is(&self, password: &str) -> bool {
        password.len() <= MOST_BYTES
            && Argon2::default()
                .verify_password(password.as_bytes(), &self.hash)
                .is_ok()
    }

    /// What is kept of a login's cookie: worth nothing under another password.
    #[must_use]
    pub fn bound(&self, cookie: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.mark)
            .chain_update(cookie.as_bytes())
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordError};

    #[test]
    fn a_password_is_known_again_and_only_it() {
        let written = Password::hash("correct horse battery").expect("hashed");
        assert!(
            written.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{written}"
        );
        let again = Password::hash("correct horse battery").expect("hashed");
        assert_ne!(written, again, "salted");
        let password = Password::read(&format!("{written}\n")).expect("reads");
        assert!(password.is("correct horse battery"));
        for wrong in [
            "",
            "correct horse batter",
            "correct horse battery ",
            "Correct horse battery",
        ] {
            assert!(!password.is(wrong), "{wrong}");
        }
        let other = Password::read(&again).expect("reads");
        assert_ne!(password.bound("cookie"), other.bound("cookie"));
    }

    #[test]
    fn what_is_no_password_and_what_is_no_hash_is_refused() {
        assert_eq!(Password::hash("ünder zwölf"), Err(PasswordError::Short));
        assert_eq!(Password::hash(&"x".repeat(1025)), Err(PasswordError::Long));
        for bad in [
            "",
            "secret",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
            "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        ] {
            assert_eq!(
                Password::read(bad).err(),
                Some(PasswordError::Hash),
                "{bad}"
            );
        }
    }
}
