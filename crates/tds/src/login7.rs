//! LOGIN7: who wants in, where to, and with which features.

use crate::{Decoded, EncodeError, Reason, TdsVersion};
use std::fmt;

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

/// A feature's id, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeatureId(pub u8);

impl FeatureId {
    /// Session recovery.
    pub const SESSION_RECOVERY: Self = Self(0x01);
    /// Federated authentication.
    pub const FED_AUTH: Self = Self(0x02);
    /// Column encryption.
    pub const COLUMN_ENCRYPTION: Self = Self(0x04);
    /// Global transactions.
    pub const GLOBAL_TRANSACTIONS: Self = Self(0x05);
    /// Azure SQL support.
    pub const AZURE_SQL_SUPPORT: Self = Self(0x08);
    /// Data classification.
    pub const DATA_CLASSIFICATION: Self = Self(0x09);
    /// UTF-8.
    pub const UTF8: Self = Self(0x0A);
    /// SQL DNS caching.
    pub const DNS_CACHING: Self = Self(0x0B);
    /// JSON type.
    pub const JSON: Self = Self(0x0D);
    /// Vector type.
    pub const VECTOR: Self = Self(0x0E);
    /// Enhanced routing.
    pub const ENHANCED_ROUTING: Self = Self(0x0F);
    /// User agent.
    pub const USER_AGENT: Self = Self(0x10);
    /// End of the block.
    pub const TERMINATOR: Self = Self(0xFF);
}

/// One feature, asked for in LOGIN7 or acknowledged in FEATUREEXTACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Id.
    pub id: FeatureId,
    /// Its data.
    pub data: Vec<u8>,
}

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

/// Writes the payload, appended to `out`, which grows once.
pub fn encode(login: &Login<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let _ = (login, out);
    todo!()
}

/// Reads the payload of a LOGIN7 message.
pub fn decode(payload: &[u8]) -> Decoded<Received> {
    let _ = payload;
    todo!()
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
