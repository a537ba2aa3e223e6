//! LOGIN7: who wants in, where to, and with which features.
//!
//! ```text
//!   0 length u32             36 host name      60 library         82 file to attach
//!   4 TDS version u32        40 user name      64 language        86 new password   ┐ since
//!   8 packet size u32        44 password       68 database        90 SSPI long u32  ┘ TDS 7.2
//!  12 client version u32     48 application    72 client id [6]   94 data of the fields,
//!  16 client pid u32         52 server name    78 SSPI               then the feature block
//!  20 connection id u32      56 extension
//!  24 flags 1, 2, type, 3    28 time zone i32  32 locale u32
//!
//!  A field is offset u16, count u16; it counts UTF-16 units, SSPI and extension bytes. All little-endian.
//!  Extension points at a u32 that holds the offset of the feature block.
//! ```

mod decode;
mod encode;
pub(crate) mod feature;

pub use decode::decode;
pub use encode::{encode, encoded_len};
pub use feature::{Feature, FeatureId};

use crate::{Reason, TdsVersion};
use std::fmt;

/// Bytes before the data.
pub(crate) const FIXED: usize = 94;
/// Likewise, before TDS 7.2.
pub(crate) const FIXED_OLD: usize = 86;

/// OptionFlags1 as common drivers send it.
pub const FLAGS1_USUAL: u8 = 0xE0;
/// OptionFlags2 as common drivers send it with a SQL login.
pub const FLAGS2_USUAL: u8 = 0x03;
/// OptionFlags2: integrated security.
pub const FLAGS2_INTEGRATED: u8 = 0x80;
/// TypeFlags: read-only intent.
pub const TYPE_READ_ONLY_INTENT: u8 = 0x20;
/// OptionFlags3: change password.
pub const FLAGS3_CHANGE_PASSWORD: u8 = 0x01;
/// OptionFlags3: a feature extension block follows. Set by [`encode`] itself.
pub const FLAGS3_EXTENSION: u8 = 0x10;

/// What a client sends. Its `Debug` does not print passwords, SSPI or feature data.
///
/// The password is borrowed and written, obfuscated, straight into the caller's buffer; nothing here keeps a copy. Whoever owns
/// that buffer, and the packets made of it, overwrites them after they are sent.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// TDS version asked for.
    pub tds_version: TdsVersion,
    /// Packet size asked for.
    pub packet_size: u32,
    /// Version of the client program.
    pub client_version: u32,
    /// Process id of the client.
    pub client_pid: u32,
    /// 0.
    pub connection_id: u32,
    /// OptionFlags1.
    pub flags1: u8,
    /// OptionFlags2.
    pub flags2: u8,
    /// TypeFlags.
    pub type_flags: u8,
    /// OptionFlags3.
    pub flags3: u8,
    /// Time zone.
    pub time_zone: i32,
    /// Locale.
    pub lcid: u32,
    /// Client's host name.
    pub host_name: &'a str,
    /// Login name.
    pub user_name: &'a str,
    /// Password in clear; obfuscated on the wire.
    pub password: &'a str,
    /// Application name.
    pub app_name: &'a str,
    /// Server name, by which Azure routes.
    pub server_name: &'a str,
    /// Library name.
    pub library: &'a str,
    /// Language.
    pub language: &'a str,
    /// Database.
    pub database: &'a str,
    /// MAC address, or zeros.
    pub client_id: [u8; 6],
    /// SSPI message.
    pub sspi: &'a [u8],
    /// Database file to attach.
    pub attach_file: &'a str,
    /// New password, when it is to be changed.
    pub new_password: &'a str,
    /// Features asked for; empty = no extension block.
    pub features: &'a [Feature],
}

impl Default for Login<'_> {
    /// TDS 7.4, 4096-byte packets, the usual flags, everything else empty.
    fn default() -> Self {
        Self {
            tds_version: TdsVersion::V7_4,
            packet_size: 4096,
            client_version: 0,
            client_pid: 0,
            connection_id: 0,
            flags1: FLAGS1_USUAL,
            flags2: FLAGS2_USUAL,
            type_flags: 0,
            flags3: 0,
            time_zone: 0,
            lcid: 0x0409,
            host_name: "",
            user_name: "",
            password: "",
            app_name: "",
            server_name: "",
            library: "",
            language: "",
            database: "",
            client_id: [0; 6],
            sspi: &[],
            attach_file: "",
            new_password: "",
            features: &[],
        }
    }
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("server_name", &self.server_name)
            .field("database", &self.database)
            .field("user_name", &self.user_name)
            .finish_non_exhaustive()
    }
}

/// Text that `Debug` does not print. Whoever takes it out of [`Hidden::0`] is answerable for it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What a server received, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Length that the message declares for itself.
    pub declared_length: u32,
    /// Length that it has.
    pub actual_length: usize,
    /// TDS version asked for.
    pub tds_version: TdsVersion,
    /// Packet size asked for.
    pub packet_size: u32,
    /// Version of the client program.
    pub client_version: u32,
    /// Process id of the client.
    pub client_pid: u32,
    /// Connection id.
    pub connection_id: u32,
    /// OptionFlags1.
    pub flags1: u8,
    /// OptionFlags2.
    pub flags2: u8,
    /// TypeFlags.
    pub type_flags: u8,
    /// OptionFlags3.
    pub flags3: u8,
    /// Time zone.
    pub time_zone: i32,
    /// Locale.
    pub lcid: u32,
    /// Client's host name.
    pub host_name: String,
    /// Login name.
    pub user_name: String,
    /// Password in clear.
    pub password: Hidden,
    /// Application name.
    pub app_name: String,
    /// Server name.
    pub server_name: String,
    /// Library name.
    pub library: String,
    /// Language.
    pub language: String,
    /// Database.
    pub database: String,
    /// MAC address, or zeros.
    pub client_id: [u8; 6],
    /// SSPI message.
    pub sspi: Vec<u8>,
    /// Database file to attach.
    pub attach_file: String,
    /// New password.
    pub new_password: Hidden,
    /// Features asked for.
    pub features: Vec<Feature>,
    /// What is not as it should be: place and reason. Empty when fine.
    pub odd: Vec<(usize, Reason)>,
}

/// Obfuscates the bytes of a password in place: swap nibbles, then XOR 0xA5.
pub fn obfuscate(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = byte.rotate_left(4) ^ 0xA5;
    }
}

/// Undoes [`obfuscate`].
pub fn reveal(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = (*byte ^ 0xA5).rotate_left(4);
    }
}
