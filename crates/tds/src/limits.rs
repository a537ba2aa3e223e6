//! Every bound of the decoders, named once. A peer that goes past one is reported, not followed.

/// Bytes of one message before login, packet headers included.
pub const MESSAGE_BEFORE_LOGIN: usize = 256 * 1024;
/// Tokens that are read of one reply.
pub const TOKENS: usize = 1_000;
/// Bytes of one string on the wire.
pub const STRING_BYTES: usize = 64 * 1024;
/// Options that are read of one PRELOGIN.
pub const PRELOGIN_OPTIONS: usize = 64;
/// Features that are read of one feature extension block.
pub const FEATURES: usize = 256;
/// Characters of one name in LOGIN7.
pub const LOGIN_NAME_CHARS: usize = 128;
/// Characters of the name of a database file in LOGIN7.
pub const LOGIN_FILE_CHARS: usize = 260;
/// Options that are read of one FEDAUTHINFO.
pub const FED_AUTH_OPTIONS: usize = 16;
/// Values that are read of all rows of one reply: a NULL takes as little as no byte.
pub const VALUES: usize = 64 * 1024;
/// Columns of one result set; the server's own limit.
pub const COLUMNS: usize = 4_096;
/// Parameters that are read of one remote procedure call; the server's own limit.
pub const PARAMETERS: usize = 2_100;
/// Least length of a packet: its header.
pub const PACKET_MIN: usize = 8;
/// Greatest length of a packet, header included.
pub const PACKET_MAX: usize = 32_767;
/// Packet size until an ENVCHANGE says otherwise.
pub const PACKET_DEFAULT: usize = 4_096;
/// Least packet size that may be asked for.
pub const PACKET_SIZE_MIN: usize = 512;
