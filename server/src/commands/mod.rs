//! The program's commands, one file each. What they do is the library's; they read settings and say how it went.

pub(crate) mod backup;
pub(crate) mod hash_password;
pub(crate) mod health;
mod place;
pub(crate) mod retain;
pub(crate) mod serve;
