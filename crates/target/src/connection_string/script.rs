//! What a block of the PowerShell script's parameters sets beyond a connection string.

use crate::keywords::{Parameter, boolean};

/// The login name that the script uses when none was given: it marks a login that is meant to fail.
pub(crate) const DUMMY_USER: &str = "AzSQLConnCheckerUser";
/// The most attempts that a run makes.
const MOST_ATTEMPTS: u32 = 100;
/// The longest wait between two of them, in seconds.
const LONGEST_DELAY_S: u32 = 600;

/// Its parameters; those that are absent or cannot be read are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// `EncryptionProtocol`.
    pub encryption: Option<TlsChoice>,
    /// `RunAdvancedConnectivityPolicyTests`.
    pub advanced: Option<bool>,
    /// `ConnectionAttempts`, 1 to 100.
    pub attempts: Option<u32>,
    /// `DelayBetweenConnections`, in seconds, 0 to 600.
    pub delay_s: Option<u32>,
    /// `CollectNetworkTrace`.
    pub network_trace: Option<bool>,
    /// `SendAnonymousUsageData`.
    pub usage_data: Option<bool>,
    /// The user is the script's made-up one: a login that is meant to fail was asked for.
    pub dummy_login: bool,
}

/// A choice of TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsChoice {
    /// The newest that both speak.
    Auto,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
    /// TDS 8.
    Strict,
}

impl TlsChoice {
    /// As the script's parameter says it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Auto => "",
            Self::Tls10 => "Tls 1.0",
            Self::Tls11 => "Tls 1.1",
            Self::Tls12 => "Tls 1.2",
            Self::Tls13 => "Tls 1.3",
            Self::Strict => "Strict",
        }
    }

    fn named(value: &str) -> Option<Self> {
        let plain: String = value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Some(match plain.as_str() {
            "" | "auto" | "automatic" | "default" | "systemdefault" => Self::Auto,
            "tls" | "tls10" => Self::Tls10,
            "tls11" => Self::Tls11,
            "tls12" => Self::Tls12,
            "tls13" => Self::Tls13,
            "strict" | "tds8" | "tds80" => Self::Strict,
            _ => return None,
        })
    }
}

impl Script {
    /// Takes a parameter; false when its value cannot be read. An empty one says nothing.
    pub(crate) fn take(&mut self, parameter: Parameter, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() && parameter != Parameter::Encryption {
            return true;
        }
        let number = |most: u32| value.parse::<u32>().ok().map(|n| n.min(most));
        match parameter {
            Parameter::Encryption => {
                self.encryption = TlsChoice::named(value);
                self.encryption.is_some()
            }
            Parameter::Advanced => set(&mut self.advanced, boolean(value)),
            Parameter::Attempts => {
                let attempts = number(MOST_ATTEMPTS).map(|n| n.max(1));
                set(&mut self.attempts, attempts)
            }
            Parameter::Delay => set(&mut self.delay_s, number(LONGEST_DELAY_S)),
            Parameter::Trace => set(&mut self.network_trace, boolean(value)),
            Parameter::UsageData => set(&mut self.usage_data, boolean(value)),
        }
    }
}

fn set<T: Copy>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    value.is_some()
}
