//! The feature extension block, of LOGIN7 and of FEATUREEXTACK.
//!
//! ```text
//!  +----+--------+------+ ... +------+
//!  | id | length | data |     | 0xFF |
//!  | u8 | u32 LE |      |     |      |
//!  +----+--------+------+ ... +------+
//!   no overall length
//! ```

use crate::bytes::{Reader, fit_u32};
use crate::limits::FEATURES;
use crate::{Decoded, EncodeError, Reason};

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

/// Length of a block on the wire.
pub(crate) fn block_len(features: &[Feature]) -> usize {
    features
        .iter()
        .map(|feature| feature.data.len().saturating_add(5))
        .fold(1, usize::saturating_add)
}

/// Appends a block.
pub(crate) fn put_block(out: &mut Vec<u8>, features: &[Feature]) -> Result<(), EncodeError> {
    for feature in features {
        out.push(feature.id.0);
        out.extend(fit_u32("feature data", feature.data.len())?.to_le_bytes());
        out.extend_from_slice(&feature.data);
    }
    out.push(FeatureId::TERMINATOR.0);
    Ok(())
}

/// Reads a block into `features`: after an error, it holds those before it.
pub(crate) fn read_block(reader: &mut Reader<'_>, features: &mut Vec<Feature>) -> Decoded<()> {
    loop {
        if features.len() == FEATURES {
            return Err(reader.malformed(Reason::TooMany(FEATURES)));
        }
        let id = FeatureId(reader.u8()?);
        if id == FeatureId::TERMINATOR {
            return Ok(());
        }
        let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        let data = reader.take(length)?.to_vec();
        features.push(Feature { id, data });
    }
}
