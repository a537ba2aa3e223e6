//! Writing a token stream.

use super::{Body, BodyLength, ReturnValue, TokenId};
use crate::EncodeError;
use crate::bytes::{fit_u16, fit_u32, put_b_varchar};
use crate::login7::feature::put_block;
use crate::rows::{Column, put_columns, put_row, put_type, put_value};

/// Writes tokens. Rows are written by the last [`Body::Columns`] before them.
pub fn encode(tokens: &[Body]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    let mut columns: &[Column] = &[];
    for token in tokens {
        if let Body::Columns(new) = token {
            columns = new;
        }
        let id = token.id();
        let mut body = Vec::new();
        put_body(&mut body, token, columns)?;
        out.push(id.0);
        match id.body_length() {
            BodyLength::Short => out.extend(fit_u16("token", body.len())?.to_le_bytes()),
            BodyLength::Long => out.extend(fit_u32("token", body.len())?.to_le_bytes()),
            BodyLength::Fixed(_) | BodyLength::ByContent | BodyLength::Unknown => {}
        }
        out.append(&mut body);
    }
    Ok(out)
}

fn put_body(out: &mut Vec<u8>, token: &Body, columns: &[Column]) -> Result<(), EncodeError> {
    match token {
        Body::Error(message) | Body::Info(message) => message.put(out)?,
        Body::LoginAck(ack) => ack.put(out)?,
        Body::FeatureExtAck(features) => put_block(out, features)?,
        Body::EnvChange(change) => change.put(out)?,
        Body::SessionState(state) => {
            out.extend(state.sequence.to_le_bytes());
            out.push(state.status);
            out.extend_from_slice(&state.states);
        }
        Body::Sspi(bytes) => out.extend_from_slice(bytes),
        Body::FedAuthInfo(info) => info.put(out)?,
        Body::Done(done) => done.put(out),
        Body::ReturnStatus(status) => out.extend(status.to_le_bytes()),
        Body::ReturnValue(value) => put_return_value(out, value)?,
        Body::Order(order) => out.extend(order.iter().flat_map(|column| column.to_le_bytes())),
        Body::Columns(columns) => put_columns(out, columns)?,
        Body::Row(values) => put_row(out, columns, values)?,
        Body::Unknown { data, .. } => out.extend_from_slice(data),
    }
    Ok(())
}

fn put_return_value(out: &mut Vec<u8>, returned: &ReturnValue) -> Result<(), EncodeError> {
    out.extend(returned.ordinal.to_le_bytes());
    put_b_varchar(out, "parameter name", &returned.column.name)?;
    out.push(returned.status);
    out.extend(returned.column.user_type.to_le_bytes());
    out.extend(returned.column.flags.to_le_bytes());
    put_type(out, &returned.column);
    put_value(out, &returned.column, &returned.value, 0)
}

impl Body {
    /// The byte of the token that says this.
    #[must_use]
    pub fn id(&self) -> TokenId {
        match self {
            Self::Error(_) => TokenId::ERROR,
            Self::Info(_) => TokenId::INFO,
            Self::LoginAck(_) => TokenId::LOGIN_ACK,
            Self::FeatureExtAck(_) => TokenId::FEATURE_EXT_ACK,
            Self::EnvChange(_) => TokenId::ENV_CHANGE,
            Self::SessionState(_) => TokenId::SESSION_STATE,
            Self::Sspi(_) => TokenId::SSPI,
            Self::FedAuthInfo(_) => TokenId::FED_AUTH_INFO,
            Self::Done(done) => done.id(),
            Self::ReturnStatus(_) => TokenId::RETURN_STATUS,
            Self::ReturnValue(_) => TokenId::RETURN_VALUE,
            Self::Order(_) => TokenId::ORDER,
            Self::Columns(_) => TokenId::COL_METADATA,
            Self::Row(_) => TokenId::ROW,
            Self::Unknown { id, .. } => *id,
        }
    }
}
