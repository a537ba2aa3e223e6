//! What can go wrong between a caller and the portal.

use model::Problem;
use thiserror::Error;

/// Why a call did not work.
#[derive(Debug, Error)]
pub enum Error {
    /// The portal's address cannot be used.
    #[error("not the address of a portal: {0}")]
    Address(String),
    /// No answer: not reached, cut off, or too slow.
    #[error("the portal did not answer")]
    Transport(#[source] reqwest::Error),
    /// The portal said no.
    #[error("the portal said {}: {} ({})", .0.status, .0.title, .0.code)]
    Problem(Box<Problem>),
    /// An answer that is not from a portal of this version, or not from a portal at all.
    #[error("an answer that no portal gives (status {status}): {text}")]
    Unexpected {
        /// HTTP status.
        status: u16,
        /// The start of its text.
        text: String,
    },
    /// The token cannot stand in a header.
    #[error("the token holds characters that no token has")]
    Token,
    /// Others could read what is sent.
    #[error(
        "a secret is not sent in clear text: the portal's address must begin with https:// (or be this host's own)"
    )]
    ClearText,
    /// What was given as CA is none.
    #[error("this holds no certificate in PEM form")]
    Ca,
}

impl Error {
    /// The stable code, when the portal gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// HTTP status, when there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            Self::Unexpected { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// With a gap: the `n` that the portal wants next.
    #[must_use]
    pub fn wanted(&self) -> Option<u64> {
        match self {
            Self::Problem(problem) => problem.wanted,
            _ => None,
        }
    }

    /// Whether the same call may work later, unchanged.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Problem(_) | Self::Unexpected { .. } => self
                .status()
                .is_none_or(|status| status >= 500 || matches!(status, 408 | 425 | 429)),
            Self::Address(_) | Self::Token | Self::ClearText | Self::Ca => false,
        }
    }

    /// Whether there was no answer because the portal's certificate is not trusted.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        let Self::Transport(error) = self else {
            return false;
        };
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            // What a TLS library says has no stable type here, only words.
            if error.to_string().to_lowercase().contains("certificate") {
                return true;
            }
            cause = error.source();
        }
        false
    }
}
