//! What an agent knows of its portal: where it is, who it takes this agent for, and the token it gave.
//!
//! ```text
//! token of an enrolment ──▶ folder free? ──▶ key pair ──▶ portal: once ──▶ portal.json (mode 0600)
//! ```
//!
//! Everything that can fail on this host is tried before the enrolment's token is spent.

use crate::private::{create_private_dir, readable_by_others, replace};
use crate::worker::{Error as WorkerError, lock};
use crate::{Identity, IdentityError, VERSION};
use model::AgentId;
use model::agent_api::Enrol;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

const FILE: &str = "portal.json";
/// Largest such file: most of it is the CA.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Longest name of an agent.
const LONGEST_NAME: usize = 64;

/// An agent's place with its portal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Where the portal is.
    pub portal: String,
    /// Who the agent is there.
    pub agent: AgentId,
    /// What people see as "run from".
    pub name: String,
    /// The agent's token.
    pub token: String,
    /// Certificates (PEM) that may sign the portal's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrolment({} at {})", self.agent, self.portal)
    }
}

/// What an agent is enrolled with.
#[derive(Clone)]
pub struct Request {
    /// Where the portal is.
    pub portal: String,
    /// The enrolment's token; works once.
    pub token: String,
    /// What people are to see as "run from".
    pub name: String,
    /// The agent's own folder.
    pub data_dir: PathBuf,
    /// Certificates (PEM) that may sign the portal's.
    pub ca: Option<String>,
    /// An earlier enrolment in that folder may go.
    pub replace: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} at {})", self.name, self.portal)
    }
}

/// Why an agent is not enrolled.
#[derive(Debug, Error)]
pub enum Error {
    /// A name that no agent has.
    #[error("an agent's name has 1 to 64 characters and no control characters")]
    Name,
    /// There is an enrolment already.
    #[error(
        "{dir} is enrolled with {portal} already; --replace lets the new enrolment take its place"
    )]
    Enrolled {
        /// Which folder.
        dir: PathBuf,
        /// With which portal.
        portal: String,
    },
    /// The file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The file holds something else.
    #[error("{0} does not hold an enrolment; move it away and enrol anew")]
    NotAnEnrolment(PathBuf),
    /// Others on this host may read the token.
    #[error(
        "{0} may be read by other users of this host; make it readable by its owner only (mode 0600)"
    )]
    ReadableByOthers(PathBuf),
    /// The key pair cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] WorkerError),
    /// The portal was not reached or said no.
    #[error(transparent)]
    Portal(#[from] client::Error),
}

/// The enrolment of `dir`, when there is one.
///
/// # Errors
/// When its file cannot be used.
pub fn load(dir: &Path) -> Result<Option<Enrolment>, Error> {
    let path = dir.join(FILE);
    let at = |error| Error::File {
        path: path.clone(),
        error,
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error)),
    };
    if readable_by_others(&file).map_err(at)? {
        return Err(Error::ReadableByOthers(path));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(at)?;
    match serde_json::from_str(&text) {
        Ok(enrolment) => Ok(Some(enrolment)),
        Err(_) => Err(Error::NotAnEnrolment(path)),
    }
}

/// Enrols this host's agent; from then on its folder is all it needs. Answers with the key's fingerprint beside
/// the enrolment.
///
/// # Errors
/// When this host or the portal does not let it.
pub async fn enrol(request: Request) -> Result<(Enrolment, String), Error> {
    let dir = &request.data_dir;
    let characters = request.name.chars().count();
    if !(1..=LONGEST_NAME).contains(&characters) || request.name.chars().any(char::is_control) {
        return Err(Error::Name);
    }
    let path = dir.join(FILE);
    let at = |error| Error::File {
        path: path.clone(),
        error,
    };
    create_private_dir(dir).map_err(at)?;
    // An agent that works there would go on with what it read at its start.
    let _lock = lock(dir)?;
    match load(dir) {
        _ if request.replace => {}
        Ok(None) => {}
        Ok(Some(earlier)) => {
            return Err(Error::Enrolled {
                dir: dir.clone(),
                portal: earlier.portal,
            });
        }
        Err(error) => return Err(error),
    }
    let identity = Identity::load_or_create(dir)?;
    let body = Enrol {
        token: request.token,
        name: request.name.clone(),
        public_key: identity.public_key().to_base64(),
        version: VERSION.to_owned(),
    };
    let ca = request.ca.as_deref().map(str::as_bytes);
    let enrolled = client::enrol_with_ca(&request.portal, &body, ca).await?;
    let enrolment = Enrolment {
        portal: request.portal,
        agent: enrolled.id,
        name: request.name,
        token: enrolled.token,
        ca: request.ca,
    };
    let text = serde_json::to_vec_pretty(&enrolment).map_err(|error| at(error.into()))?;
    replace(&path, &text).map_err(at)?;
    Ok((enrolment, identity.fingerprint()))
}

#[cfg(test)]
mod tests {
    use super::{Enrolment, Error, FILE, load, replace};
    use model::AgentId;
    use uuid::Uuid;

    #[test]
    fn an_enrolment_is_read_back_and_kept_from_others() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(FILE);
        assert!(load(dir.path()).expect("none").is_none());
        let enrolment = Enrolment {
            portal: "https://portal.example.net".to_owned(),
            agent: AgentId(Uuid::nil()),
            name: "host".to_owned(),
            token: "token-of-the-agent".to_owned(),
            ca: None,
        };
        let text = serde_json::to_vec(&enrolment).expect("JSON");
        replace(&path, b"something else").expect("written");
        assert!(matches!(load(dir.path()), Err(Error::NotAnEnrolment(_))));
        replace(&path, &text).expect("written");
        assert_eq!(load(dir.path()).expect("read"), Some(enrolment.clone()));
        assert!(!format!("{enrolment:?}").contains(&enrolment.token));
        let names = std::fs::read_dir(dir.path()).expect("a folder").count();
        assert_eq!(names, 1, "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path)
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("changed");
            assert!(matches!(load(dir.path()), Err(Error::ReadableByOthers(_))));
        }
    }
}
