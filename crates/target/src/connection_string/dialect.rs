//! Which sort of text was pasted, and how it says that one signs in.

use std::fmt;

/// What sort of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// ADO.NET, which others read as well.
    Ado,
    /// ODBC, known by its `Driver` key.
    Odbc(OdbcDriver),
    /// `jdbc:sqlserver://…`.
    Jdbc,
    /// `sqlserver://…`, as go-mssqldb takes it.
    Url,
    /// A block of PowerShell settings: `@{ Server = '…' }`.
    PowerShell,
}

/// Which ODBC driver a string names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OdbcDriver {
    /// `ODBC Driver 18 for SQL Server`, or newer.
    V18,
    /// `ODBC Driver 17 for SQL Server`.
    V17,
    /// `SQL Server`, `SQL Server Native Client`, ODBC drivers before 17: no longer maintained.
    Old,
    /// Another maker's.
    Other,
}

impl OdbcDriver {
    /// By the value of `Driver`.
    pub(crate) fn named(value: &str) -> Self {
        let name = value.trim().to_ascii_lowercase();
        let version = name
            .strip_prefix("odbc driver ")
            .and_then(|rest| rest.split_whitespace().next()?.parse::<u32>().ok());
        match version {
            Some(18..) => Self::V18,
            Some(17) => Self::V17,
            Some(_) => Self::Old,
            None if name == "sql server" || name.starts_with("sql server native client") => {
                Self::Old
            }
            None if name.contains("msodbcsql18") => Self::V18,
            None if name.contains("msodbcsql17") || name.contains("msodbcsql.17") => Self::V17,
            None => Self::Other,
        }
    }
}

impl Dialect {
    /// The key, as plans and runs carry it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ado => "ado_net",
            Self::Odbc(OdbcDriver::V18) => "odbc_18",
            Self::Odbc(OdbcDriver::V17) => "odbc_17",
            Self::Odbc(OdbcDriver::Old) => "odbc_old",
            Self::Odbc(OdbcDriver::Other) => "odbc_other",
            Self::Jdbc => "jdbc",
            Self::Url => "go",
            Self::PowerShell => "powershell",
        }
    }

    /// Every dialect.
    pub const ALL: &'static [Self] = &[
        Self::Ado,
        Self::Odbc(OdbcDriver::V18),
        Self::Odbc(OdbcDriver::V17),
        Self::Odbc(OdbcDriver::Old),
        Self::Odbc(OdbcDriver::Other),
        Self::Jdbc,
        Self::Url,
        Self::PowerShell,
    ];

    /// The dialect with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == key)
    }

    /// In words: `an ADO.NET connection string`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Ado => "an ADO.NET connection string",
            Self::Odbc(_) => "an ODBC connection string",
            Self::Jdbc => "a JDBC URL",
            Self::Url => "a URL for go-mssqldb",
            Self::PowerShell => "a block of PowerShell parameters",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a pasted text says that one signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignIn {
    /// It names nobody.
    #[default]
    None,
    /// SQL login.
    Sql,
    /// Microsoft Entra, user name and password.
    EntraPassword,
    /// Microsoft Entra, the account that the program runs as.
    EntraIntegrated,
    /// Microsoft Entra, a person in a browser window.
    EntraInteractive,
    /// Microsoft Entra, a code on another device.
    EntraDeviceCode,
    /// Microsoft Entra, an application and its secret.
    EntraServicePrincipal,
    /// Microsoft Entra, the managed identity of the host.
    EntraManagedIdentity,
    /// Microsoft Entra, whichever of several ways works on that host.
    EntraDefault,
    /// Microsoft Entra, a ready-made access token.
    EntraToken,
    /// Windows (Kerberos or NTLM), as the account that the program runs as.
    Windows,
}

impl SignIn {
    /// By the value of `Authentication`; `None` when it is not known.
    pub(crate) fn named(value: &str) -> Option<Self> {
        let plain: String = value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let way = ["activedirectory", "microsoftentra", "azuread", "entra"]
            .iter()
            .find_map(|prefix| plain.strip_prefix(prefix));
        Some(match (plain.as_str(), way) {
            ("" | "notspecified", _) => Self::None,
            ("sqlpassword" | "sqlserverauthentication" | "sqlauthentication", _) => Self::Sql,
            ("windowsauthentication", _) => Self::Windows,
            (_, Some("password")) => Self::EntraPassword,
            (_, Some("integrated")) => Self::EntraIntegrated,
            (_, Some("interactive" | "mfa" | "universalwithmfa")) => Self::EntraInteractive,
            (_, Some("devicecode" | "devicecodeflow")) => Self::EntraDeviceCode,
            (_, Some("serviceprincipal" | "application")) => Self::EntraServicePrincipal,
            (_, Some("managedidentity" | "msi")) => Self::EntraManagedIdentity,
            (_, Some("default" | "workloadidentity" | "azcli" | "serviceprincipalcertificate")) => {
                Self::EntraDefault
            }
            (_, Some("accesstoken")) => Self::EntraToken,
            _ => return None,
        })
    }

    /// Whether it goes by a user name, or an application's id, that the text gives.
    pub(crate) fn has_user(self) -> bool {
        matches!(
            self,
            Self::Sql | Self::EntraPassword | Self::EntraServicePrincipal
        )
    }

    /// Whether it goes by a secret that the text gives.
    pub(crate) fn has_secret(self) -> bool {
        self.has_user() || self == Self::EntraToken
    }

    /// As `Authentication=` says it; `None` where that key is not needed.
    pub(crate) fn keyword(self) -> Option<&'static str> {
        Some(match self {
            Self::None | Self::Sql | Self::Windows | Self::EntraToken => return None,
            Self::EntraPassword => "Password",
            Self::EntraIntegrated => "Integrated",
            Self::EntraInteractive => "Interactive",
            Self::EntraDeviceCode => "Device Code Flow",
            Self::EntraServicePrincipal => "Service Principal",
            Self::EntraManagedIdentity => "Managed Identity",
            Self::EntraDefault => "Default",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, OdbcDriver, SignIn};

    #[test]
    fn drivers_by_name() {
        for (name, driver) in [
            ("ODBC Driver 18 for SQL Server", OdbcDriver::V18),
            ("odbc driver 19 for sql server", OdbcDriver::V18),
            ("ODBC Driver 17 for SQL Server", OdbcDriver::V17),
            ("ODBC Driver 13 for SQL Server", OdbcDriver::Old),
            ("SQL Server Native Client 11.0", OdbcDriver::Old),
            ("SQL Server", OdbcDriver::Old),
            ("/opt/microsoft/msodbcsql18/lib64/lib.so", OdbcDriver::V18),
            ("FreeTDS", OdbcDriver::Other),
        ] {
            assert_eq!(OdbcDriver::named(name), driver, "{name}");
        }
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::from_key(dialect.as_str()), Some(*dialect));
        }
    }

    #[test]
    fn ways_to_sign_in_by_name() {
        for (name, way) in [
            ("SQL Server Authentication", SignIn::Sql),
            ("SqlPassword", SignIn::Sql),
            ("Microsoft Entra Password", SignIn::EntraPassword),
            ("Microsoft Entra Integrated", SignIn::EntraIntegrated),
            ("Microsoft Entra Interactive", SignIn::EntraInteractive),
            (
                "Microsoft Entra Managed Identity",
                SignIn::EntraManagedIdentity,
            ),
            ("Microsoft Entra MSI", SignIn::EntraManagedIdentity),
            ("ActiveDirectoryMsi", SignIn::EntraManagedIdentity),
            (
                "Active Directory Service Principal",
                SignIn::EntraServicePrincipal,
            ),
            ("Active Directory Device Code Flow", SignIn::EntraDeviceCode),
            ("ActiveDirectoryDefault", SignIn::EntraDefault),
        ] {
            assert_eq!(SignIn::named(name), Some(way), "{name}");
        }
        assert_eq!(SignIn::named("Passport"), None);
    }
}
