//! The words for connections that are held.

use model::lasting::{Lane, Standing};

/// How a held connection stands, or how it died.
#[must_use]
pub fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Alive => "alive",
        Standing::Fin => "FIN",
        Standing::Reset => "RST",
        Standing::Silent => "silence",
        Standing::GivenUp => "given up by the system, nobody acknowledged",
        Standing::Unasked => "bytes that nobody asked for",
    }
}

/// How a connection of the idle ladder is kept.
#[must_use]
pub fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Bare => "no keep-alive",
        Lane::KeepAlive => "keep-alive",
        Lane::Heartbeat => "query heartbeat",
    }
}

/// What each driver reports of a query whose connection ended like that.
#[must_use]
pub fn driver_words(standing: Standing) -> &'static [&'static str] {
    match standing {
        Standing::Reset => &[
            "SqlClient reports error 10054 (“A transport-level error has occurred when receiving results from the server”), JDBC “Connection reset” (SQLSTATE 08S01), ODBC 08S01 “TCP Provider: Error code 0x2746”, tedious ESOCKET “Connection lost - read ECONNRESET”, go-mssqldb “connection reset by peer”, tiberius an I/O error of kind ConnectionReset.",
        ],
        Standing::Fin => &[
            "SqlClient reports a transport-level error with number 0 or 109 (“The pipe has been ended”), JDBC “SQL Server did not return a response. The connection has been closed.” (SQLSTATE 08S01), ODBC 08S01 “Communication link failure”, tedious ESOCKET “Connection lost - socket hang up”, go-mssqldb “EOF”, tiberius an I/O error of kind UnexpectedEof.",
        ],
        Standing::Silent | Standing::GivenUp => &[
            "SqlClient reports error -2 (“Execution Timeout Expired”) once its command time-out is over, or 258; JDBC “Read timed out” (SQLSTATE 08S01) if socketTimeout is set and nothing at all if not; ODBC HYT00 “Query timeout expired”; tedious ETIMEOUT; go-mssqldb “context deadline exceeded”, and tiberius nothing, unless the caller set a limit. With keep-alive, the system says 10060 (ETIMEDOUT) after some 40 s instead.",
        ],
        Standing::Alive | Standing::Unasked => &[],
    }
}
