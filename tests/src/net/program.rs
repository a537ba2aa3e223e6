//! A program on a host that runs until it is killed.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program. Dropped, it is killed.
pub struct Program {
    child: Child,
}

impl Program {
    /// Starts it, what it says going to `log`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(mut command: Command, log: &Path) -> Self {
        let open = || File::options().append(true).create(true).open(log);
        let child = command
            .stdin(Stdio::null())
            .stdout(open().expect("the log's file"))
            .stderr(open().expect("the log's file"))
            .spawn()
            .expect("the program starts");
        Self { child }
    }

    /// Kills it without warning (SIGKILL).
    ///
    /// # Panics
    /// When it ended by itself before.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("its state");
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
