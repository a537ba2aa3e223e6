//! What the path tells: a few notes for each hop and address, so an unbounded channel stays small.

use std::net::{IpAddr, SocketAddr};
use tokio::sync::mpsc;

/// One thing that the path saw.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    /// The addresses that a hop goes to.
    Found {
        hop: u32,
        host: String,
        addresses: Vec<IpAddr>,
    },
    /// Every source of a hop's name has answered; the aliases on the way.
    Aliases { hop: u32, aliases: Vec<String> },
    /// Somebody answered PRELOGIN here, or said something else.
    Answered { host: String, endpoint: SocketAddr },
    /// The certificates that a server showed, its own first.
    Chain { chain: Vec<Vec<u8>> },
    /// Connects fail here, or are not answered.
    Silent { host: String, endpoint: SocketAddr },
    /// The path has ended.
    Over,
}

/// The path's end of the channel.
#[derive(Clone)]
pub(crate) struct Notes(mpsc::UnboundedSender<Note>);

/// The checks' end.
pub(crate) struct Heard(mpsc::UnboundedReceiver<Note>);

impl Notes {
    pub(crate) fn channel() -> (Self, Heard) {
        let (notes, heard) = mpsc::unbounded_channel();
        (Self(notes), Heard(heard))
    }

    /// Tells it. Nobody hears when the run is over.
    pub(crate) fn tell(&self, note: Note) {
        let _ = self.0.send(note);
    }
}

impl Heard {
    pub(super) async fn next(&mut self) -> Note {
        self.0.recv().await.unwrap_or(Note::Over)
    }
}
