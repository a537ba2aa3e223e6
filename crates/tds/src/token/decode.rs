//! Reading a token stream.

use super::{
    Body, BodyLength, Done, DoneKind, EnvChange, FedAuthInfo, LoginAck, Reply, ReturnValue,
    ServerMessage, SessionState, Token, TokenId,
};
use crate::bytes::Reader;
use crate::limits::{TOKENS, VALUES};
use crate::login7::feature::read_block;
use crate::rows::{Column, Value, read_columns, read_nbc_row, read_row, read_type, read_value};
use crate::{Decoded, Error, Reason};

/// Reads the payload of a reply, as far as it can be read. It never fails: what stopped it is part of the value.
///
/// A body that is not as its token promises is read as far as it goes, noted, and left behind by its declared length.
#[must_use]
pub fn decode(payload: &[u8]) -> Reply {
    let mut stream = Stream {
        payload,
        columns: Vec::new(),
        values_left: VALUES,
    };
    let mut reader = Reader::new(payload, 0);
    let mut tokens = Vec::new();
    let mut stopped = None;
    let mut read = 0;
    while !reader.is_empty() {
        let token = if tokens.len() == TOKENS {
            Err(reader.malformed(Reason::TooMany(TOKENS)))
        } else {
            stream.token(&mut reader)
        };
        match token {
            Ok(token) => tokens.push(token),
            Err(error) => {
                stopped = Some(error);
                break;
            }
        }
        read = reader.at();
    }
    Reply {
        tokens,
        stopped,
        rest: payload.get(read..).unwrap_or_default().to_vec(),
    }
}

/// What later tokens depend on.
struct Stream<'a> {
    payload: &'a [u8],
    columns: Vec<Column>,
    values_left: usize,
}

impl Stream<'_> {
    fn token(&mut self, reader: &mut Reader<'_>) -> Decoded<Token> {
        let at = reader.at();
        let id = TokenId(reader.u8()?);
        let (declared, length) = match id.body_length() {
            BodyLength::Short => {
                let length = usize::from(reader.u16()?);
                (Some(length), length)
            }
            BodyLength::Long => {
                let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
                (Some(length), length)
            }
            BodyLength::Fixed(length) => (None, length),
            BodyLength::ByContent => {
                let mut content = Reader::new(reader.peek(), reader.at());
                let body = self.by_content(id, &mut content)?;
                reader.take(content.at() - reader.at())?;
                return Ok(self.finish(id, at, None, reader.at(), body, content.odd()));
            }
            BodyLength::Unknown => {
                return Err(Error::Malformed {
                    offset: at,
                    reason: Reason::UnknownToken(id.0),
                });
            }
        };
        let mut body_reader = reader.part(length)?;
        let whole = body_reader.peek();
        let body = read_body(id, &mut body_reader).unwrap_or_else(|error| {
            let (at, reason) = error.as_odd();
            body_reader.note_at(at, reason);
            body_reader.rest();
            Body::Unknown {
                id,
                data: whole.to_vec(),
            }
        });
        Ok(self.finish(id, at, declared, reader.at(), body, body_reader.finish()))
    }

    fn finish(
        &self,
        id: TokenId,
        at: usize,
        declared: Option<usize>,
        end: usize,
        body: Body,
        odd: Option<(usize, Reason)>,
    ) -> Token {
        Token {
            id,
            at,
            declared,
            raw: self.payload.get(at..end).unwrap_or_default().to_vec(),
            body,
            odd,
        }
    }

    fn by_content(&mut self, id: TokenId, content: &mut Reader<'_>) -> Decoded<Body> {
        Ok(match id {
            TokenId::FEATURE_EXT_ACK => {
                let mut features = Vec::new();
                read_block(content, &mut features)?;
                Body::FeatureExtAck(features)
            }
            TokenId::COL_METADATA => {
                self.columns = read_columns(content)?;
                Body::Columns(self.columns.clone())
            }
            TokenId::NBC_ROW => Body::Row(self.row(content, read_nbc_row)?),
            TokenId::RETURN_VALUE => Body::ReturnValue(read_return_value(content)?),
            _ => Body::Row(self.row(content, read_row)?),
        })
    }

    fn row(
        &mut self,
        content: &mut Reader<'_>,
        read: fn(&mut Reader<'_>, &[Column]) -> Decoded<Vec<Value>>,
    ) -> Decoded<Vec<Value>> {
        if self.columns.is_empty() {
            return Err(content.malformed(Reason::RowWithoutColumns));
        }
        self.values_left = self
            .values_left
            .checked_sub(self.columns.len())
            .ok_or_else(|| content.malformed(Reason::TooMany(VALUES)))?;
        read(content, &self.columns)
    }
}

/// Reads the body of a token whose length is known. Parts that can be read alone are kept even if a later one cannot.
fn read_body(id: TokenId, body: &mut Reader<'_>) -> Decoded<Body> {
    Ok(match id {
        TokenId::ERROR => Body::Error(partly(body, ServerMessage::read)),
        TokenId::INFO => Body::Info(partly(body, ServerMessage::read)),
        TokenId::LOGIN_ACK => Body::LoginAck(partly(body, LoginAck::read)),
        TokenId::FED_AUTH_INFO => Body::FedAuthInfo(partly(body, FedAuthInfo::read)),
        TokenId::ENV_CHANGE => Body::EnvChange(EnvChange::read(body)?),
        TokenId::SESSION_STATE => Body::SessionState(SessionState {
            sequence: body.u32()?,
            status: body.u8()?,
            states: body.rest().to_vec(),
        }),
        TokenId::SSPI => Body::Sspi(body.rest().to_vec()),
        TokenId::DONE => Body::Done(Done::read(DoneKind::Done, body)?),
        TokenId::DONE_PROC => Body::Done(Done::read(DoneKind::Proc, body)?),
        TokenId::DONE_IN_PROC => Body::Done(Done::read(DoneKind::InProc, body)?),
        TokenId::RETURN_STATUS => Body::ReturnStatus(body.i32()?),
        TokenId::ORDER => {
            let mut columns = Vec::with_capacity(body.len() / 2);
            while body.len() >= 2 {
                columns.push(body.u16()?);
            }
            Body::Order(columns)
        }
        id => Body::Unknown {
            id,
            data: body.rest().to_vec(),
        },
    })
}

/// Reads a structure as far as it goes, and notes where it ended early.
fn partly<T: Default>(
    body: &mut Reader<'_>,
    read: impl FnOnce(&mut T, &mut Reader<'_>) -> Decoded<()>,
) -> T {
    let mut value = T::default();
    if let Err(error) = read(&mut value, body) {
        let (at, reason) = error.as_odd();
        body.note_at(at, reason);
        body.rest();
    }
    value
}

fn read_return_value(content: &mut Reader<'_>) -> Decoded<ReturnValue> {
    let ordinal = content.u16()?;
    let name = content.whole_b_varchar()?;
    let status = content.u8()?;
    let user_type = content.u32()?;
    let flags = content.u16()?;
    let info = read_type(content)?;
    let column = Column {
        user_type,
        flags,
        kind: info.kind,
        fixed: info.fixed,
        collation: info.collation,
        name,
    };
    let value = read_value(content, &column)?;
    Ok(ReturnValue {
        ordinal,
        status,
        column,
        value,
    })
}
