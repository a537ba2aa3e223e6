//! ERROR, INFO and LOGINACK: the server speaks to people.

use crate::bytes::{Reader, put_b_varchar, put_us_varchar};
use crate::{Decoded, EncodeError, TdsVersion};

/// ERROR or INFO.
///
/// ```text
///  0xAA 0xAB | length u16 | number i32 | state u8 | class u8 | text US_VARCHAR
///            | server B_VARCHAR | procedure B_VARCHAR | line u32 (u16 before TDS 7.2)
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// Number.
    pub number: i32,
    /// State.
    pub state: u8,
    /// Class (severity).
    pub class: u8,
    /// Text.
    pub text: String,
    /// Server name.
    pub server: String,
    /// Procedure.
    pub procedure: String,
    /// Line.
    pub line: u32,
}

/// LOGINACK.
///
/// ```text
///  0xAD | length u16 | interface u8 | TDS version u32 BE | program B_VARCHAR
///       | major u8 | minor u8 | build u16 BE
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginAck {
    /// Interface; 1 = T-SQL.
    pub interface: u8,
    /// TDS version agreed on.
    pub tds_version: TdsVersion,
    /// Program name.
    pub program: String,
    /// Major.
    pub major: u8,
    /// Minor.
    pub minor: u8,
    /// Build, high byte first.
    pub build: u16,
}

impl ServerMessage {
    /// Reads the body into `self`: after an error, it holds what came before it.
    pub(super) fn read(&mut self, body: &mut Reader<'_>) -> Decoded<()> {
        self.number = body.i32()?;
        self.state = body.u8()?;
        self.class = body.u8()?;
        self.text = body.us_varchar()?;
        self.server = body.b_varchar()?;
        self.procedure = body.b_varchar()?;
        self.line = match body.len() {
            2 => u32::from(body.u16()?),
            _ => body.u32()?,
        };
        Ok(())
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(self.number.to_le_bytes());
        out.extend([self.state, self.class]);
        put_us_varchar(out, "message text", &self.text)?;
        put_b_varchar(out, "server name", &self.server)?;
        put_b_varchar(out, "procedure name", &self.procedure)?;
        out.extend(self.line.to_le_bytes());
        Ok(())
    }
}

impl Default for LoginAck {
    /// T-SQL, TDS 7.4, no name, version 0.
    fn default() -> Self {
        Self {
            interface: 1,
            tds_version: TdsVersion::V7_4,
            program: String::new(),
            major: 0,
            minor: 0,
            build: 0,
        }
    }
}

impl LoginAck {
    /// The program's name without the NULs that servers pad it with.
    #[must_use]
    pub fn program_name(&self) -> &str {
        self.program.trim_end_matches('\0')
    }

    /// Reads the body into `self`: after an error, it holds what came before it.
    pub(super) fn read(&mut self, body: &mut Reader<'_>) -> Decoded<()> {
        self.interface = body.u8()?;
        self.tds_version = TdsVersion(body.u32_be()?);
        self.program = body.b_varchar()?;
        self.major = body.u8()?;
        self.minor = body.u8()?;
        self.build = body.u16_be()?;
        Ok(())
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.interface);
        out.extend(self.tds_version.0.to_be_bytes());
        put_b_varchar(out, "program name", &self.program)?;
        out.extend([self.major, self.minor]);
        out.extend(self.build.to_be_bytes());
        Ok(())
    }
}
