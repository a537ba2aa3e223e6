//! How many connections a portal holds, so that no caller takes all of them.

/// How many connections are held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all; who comes after waits until one has gone.
    pub connections: usize,
    /// From one address (or one /64 of IPv6); who comes after is cut. Not behind a proxy, whose address all share.
    pub per_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8_192,
            per_address: 2_048,
        }
    }
}
