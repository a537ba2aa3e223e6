//! How to start a lab, its bounds, and why it would not start.

use crate::Scenario;
use std::time::Duration;

/// The one name that every host knows.
const LOCALHOST: &str = "localhost";

/// How to start a lab. The default offers every scenario, on free ports, in real time.
#[derive(Clone, Debug)]
pub struct Config {
    /// Multiplies every delay of a scenario; 1 = real time. From 0 to 1000.
    pub scale: f64,
    /// What to offer, and the port of each; 0 = a free one.
    pub scenarios: Vec<(Scenario, u16)>,
    /// Offer a SQL Browser, where each scenario is an instance of its key's name.
    pub browser: bool,
    /// The name that its certificates are for, beside `localhost`, and that clients are routed to.
    pub host: String,
    /// What clients may use.
    pub limits: Limits,
}

/// What clients may use of a lab. Whoever goes past a limit is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of one scenario at a time.
    pub connections: usize,
    /// Bytes of one message before login, packet headers included.
    pub message_before_login: usize,
    /// Bytes of one message after login, packet headers included.
    pub message: usize,
    /// From the connection to the end of the login; scenarios that are slow on purpose get that much more.
    pub before_login: Duration,
    /// How long a silent scenario keeps a connection.
    pub silence: Duration,
    /// Between two requests after login.
    pub idle: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            scale: 1.0,
            scenarios: Scenario::ALL
                .iter()
                .map(|&scenario| (scenario, 0))
                .collect(),
            browser: false,
            host: LOCALHOST.to_owned(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 128,
            message_before_login: 64 * 1024,
            message: 64 * 1024,
            before_login: Duration::from_secs(60),
            silence: Duration::from_secs(180),
            idle: Duration::from_secs(3600),
        }
    }
}

/// Why a lab did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A scale that is not a number from 0 to 1000.
    #[error("the scale must be from 0 to 1000, not {0}")]
    Scale(f64),
    /// A port that could not be had.
    #[error("cannot listen for {scenario} on port {port}: {source}")]
    Port {
        /// For which scenario.
        scenario: &'static str,
        /// Which port; 0 = any.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// No UDP port for SQL Browser.
    #[error("cannot listen for SQL Browser: {0}")]
    Browser(std::io::Error),
    /// A certificate that could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate that TLS does not take.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}
