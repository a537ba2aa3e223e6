//! Who this agent is: an X25519 key pair that is made once and never leaves the host.

use crate::private::{create_private_dir, private, readable_by_others, sync_dir};
use seal::{PublicKey, SecretKey, fingerprint};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

const FILE: &str = "agent.key";

/// Why the key pair could not be had.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The key file cannot be read or written.
    #[error("the agent's key file {path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The key file holds something else. It is left alone: a new key would orphan what was sealed to the old.
    #[error("{0} does not hold an agent's key; move it away to let a new one be made")]
    NotAKey(PathBuf),
    /// Others on this host may read the key file.
    #[error(
        "{0} may be read by other users of this host; make it readable by its owner only (mode 0600)"
    )]
    ReadableByOthers(PathBuf),
}

/// An agent's key pair.
#[derive(Clone, Debug)]
pub struct Identity {
    key: SecretKey,
}

impl Identity {
    /// Reads the key of `dir`, or makes one there (mode 0600) when there is none.
    ///
    /// # Errors
    /// When the file cannot be used; an existing key is never replaced.
    pub fn load_or_create(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join(FILE);
        let at = |error| IdentityError::File {
            path: path.clone(),
            error,
        };
        create_private_dir(dir).map_err(at)?;
        match File::open(&path) {
            Ok(file) => load(file, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = SecretKey::generate();
                store(dir, &path, &key).map_err(at)?;
                // Read back: another process may have been quicker, and its key counts then.
                load(File::open(&path).map_err(at)?, &path)
            }
            Err(error) => Err(at(error)),
        }
    }

    /// The half that everybody may know.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Of the public key, for the eye.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.key.public_key())
    }

    pub(crate) fn open(&self, sealed: &str) -> Result<seal::Contents, seal::Error> {
        seal::open(sealed, &self.key)
    }
}

fn load(file: File, path: &Path) -> Result<Identity, IdentityError> {
    let at = |error| IdentityError::File {
        path: path.to_owned(),
        error,
    };
    if readable_by_others(&file).map_err(at)? {
        return Err(IdentityError::ReadableByOthers(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    (&file).take(128).read_to_string(&mut text).map_err(at)?;
    let key = SecretKey::from_base64(&text).map_err(|_| IdentityError::NotAKey(path.to_owned()))?;
    Ok(Identity { key })
}

/// Written whole beside its place, then linked there: never half a key, never over another one.
fn store(dir: &Path, path: &Path, key: &SecretKey) -> io::Result<()> {
    let draft = dir.join(format!("{FILE}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    let written = (|| {
        let mut file = options.open(&draft)?;
        file.write_all(key.to_base64().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    })();
    let removed = fs::remove_file(&draft);
    written?;
    removed?;
    sync_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Identity, IdentityError};

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = dir.path().join("agent");
        let first = Identity::load_or_create(&home).expect("made");
        let again = Identity::load_or_create(&home).expect("read");
        assert_eq!(first.public_key(), again.public_key());
        assert_eq!(first.fingerprint().len(), 39);
        let names: Vec<_> = std::fs::read_dir(&home)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, [FILE], "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path| {
                std::fs::metadata(path)
                    .expect("is there")
                    .permissions()
                    .mode()
                    & 0o777
            };
            assert_eq!(mode(home.join(FILE)), 0o600);
            std::fs::set_permissions(home.join(FILE), PermissionsExt::from_mode(0o644))
                .expect("changed");
            assert!(matches!(
                Identity::load_or_create(&home),
                Err(IdentityError::ReadableByOthers(_))
            ));
        }
    }

    #[test]
    fn a_spoilt_key_file_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        Identity::load_or_create(dir.path()).expect("made");
        std::fs::write(dir.path().join(FILE), "not a key").expect("written");
        assert!(matches!(
            Identity::load_or_create(dir.path()),
            Err(IdentityError::NotAKey(_))
        ));
        let text = std::fs::read_to_string(dir.path().join(FILE)).expect("still there");
        assert_eq!(text, "not a key");
    }
}
