//! Where what a run makes on a server is written down before it is made, so that it goes again whatever happens.

use model::ServerObject;
use std::io;

/// Kept by whoever makes the run. Both calls may wait for a disk.
pub trait Journal: Send + Sync {
    /// The object is about to be made. It is written down, and survives the end of the process, when this returns.
    ///
    /// # Errors
    /// When it could not be written down: then it must not be made.
    fn announce(&self, object: &ServerObject) -> io::Result<()>;

    /// The object of this number was read back as gone, or is not the run's.
    fn gone(&self, number: u32);
}

/// Writes nothing down, so that nothing may be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn announce(&self, _object: &ServerObject) -> io::Result<()> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "there is no journal to write it down in",
        ))
    }

    fn gone(&self, _number: u32) {}
}
