//! TDS versions as LOGIN7 and LOGINACK write them.

use std::fmt;

/// A TDS version. LOGIN7 writes it little-endian, LOGINACK big-endian; here it is one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TdsVersion(pub u32);

impl TdsVersion {
    /// 7.1 revision 1.
    pub const V7_1: Self = Self(0x7100_0001);
    /// 7.2.
    pub const V7_2: Self = Self(0x7209_0002);
    /// 7.3, revision A.
    pub const V7_3A: Self = Self(0x730A_0003);
    /// 7.3, revision B.
    pub const V7_3B: Self = Self(0x730B_0003);
    /// 7.4.
    pub const V7_4: Self = Self(0x7400_0004);
    /// 8.0, strict.
    pub const V8_0: Self = Self(0x0800_0000);

    /// Whether it is older than 7.2, whose messages are laid out otherwise. 8.0 is written as a smaller number, and is not.
    #[must_use]
    pub fn is_before_7_2(self) -> bool {
        (0x7000_0000..0x7200_0000).contains(&self.0)
    }
}

impl fmt::Display for TdsVersion {
    /// Hex, as in `0x74000004`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}
