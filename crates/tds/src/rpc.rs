//! Remote procedure calls, as far as a server needs them that is asked to run a statement: drivers send parameterised
//! statements as a call of `sp_executesql`. Read only; the client side here sends batches.
//!
//! ```text
//!  headers | 0xFFFF, procedure id u16   or   name US_VARCHAR | flags u16
//!  per parameter: name B_VARCHAR | status u8 | type | value
//! ```

use crate::batch::{RequestHeader, read_headers};
use crate::bytes::Reader;
use crate::limits::PARAMETERS;
use crate::rows::{Column, Value, read_type, read_value};
use crate::{Decoded, Error, Reason};

/// Number that stands for `sp_executesql`.
pub const SP_EXECUTESQL: u16 = 10;

/// Which procedure is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Procedure {
    /// By its number.
    Id(u16),
    /// By its name.
    Name(String),
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Status bits; 1 = output.
    pub status: u8,
    /// Name and type.
    pub column: Column,
    /// Value.
    pub value: Value,
}

/// A call as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Headers; empty for clients older than TDS 7.2.
    pub headers: Vec<RequestHeader>,
    /// Which procedure.
    pub procedure: Procedure,
    /// Option flags.
    pub flags: u16,
    /// Parameters that could be read.
    pub parameters: Vec<Parameter>,
    /// Why and where the reading of parameters stopped; absent when all were read.
    pub stopped: Option<Error>,
}

impl Call {
    /// The statement, when the call is one of `sp_executesql`.
    #[must_use]
    pub fn statement(&self) -> Option<&str> {
        let executes = match &self.procedure {
            Procedure::Id(id) => *id == SP_EXECUTESQL,
            Procedure::Name(name) => name.eq_ignore_ascii_case("sp_executesql"),
        };
        match &self.parameters.first()?.value {
            Value::Text(sql) if executes => Some(sql),
            _ => None,
        }
    }
}

/// Reads the payload of a remote procedure call.
///
/// Parameters of types that are not read end the reading; the ones before are kept.
pub fn decode(payload: &[u8]) -> Decoded<Call> {
    let mut reader = Reader::new(payload, 0);
    let headers = read_headers(&mut reader)?;
    let procedure = match reader.u16()? {
        u16::MAX => Procedure::Id(reader.u16()?),
        units => {
            let length = usize::from(units).saturating_mul(2);
            let name = reader.part(length)?.text(usize::from(units))?;
            Procedure::Name(name)
        }
    };
    let mut call = Call {
        headers,
        procedure,
        flags: reader.u16()?,
        parameters: Vec::new(),
        stopped: None,
    };
    while !reader.is_empty() {
        match next(&mut reader, call.parameters.len()) {
            Ok(parameter) => call.parameters.push(parameter),
            Err(error) => {
                call.stopped = Some(error);
                break;
            }
        }
    }
    Ok(call)
}

fn next(reader: &mut Reader<'_>, read: usize) -> Decoded<Parameter> {
    if read == PARAMETERS {
        return Err(reader.malformed(Reason::TooMany(PARAMETERS)));
    }
    let name = reader.whole_b_varchar()?;
    let status = reader.u8()?;
    let info = read_type(reader)?;
    let column = Column {
        user_type: 0,
        flags: 0,
        kind: info.kind,
        fixed: info.fixed,
        collation: info.collation,
        name,
    };
    let value = read_value(reader, &column)?;
    Ok(Parameter {
        status,
        column,
        value,
    })
}
