//! A connection string written in its dialect.

use super::{Right, secret};
use crate::keywords::{Keyword, keyword};
use crate::{Dialect, Encrypt, Intent, OdbcDriver, Pasted, SignIn};

pub(super) fn text(pasted: &Pasted, right: &Right) -> String {
    match pasted.dialect {
        Dialect::Ado => ado(pasted, right),
        Dialect::Odbc(driver) => odbc(pasted, right, driver),
        Dialect::Jdbc => jdbc(pasted, right),
        Dialect::Url => url(pasted, right),
        Dialect::PowerShell => powershell(pasted, right),
    }
}

/// `tcp:host\instance,port`.
fn with_comma(right: &Right) -> String {
    let host = bracketed(&right.host);
    match (&right.instance, right.port) {
        (Some(instance), Some(port)) => format!("tcp:{host}\\{instance},{port}"),
        (Some(instance), None) => format!("{host}\\{instance}"),
        (None, Some(port)) => format!("tcp:{host},{port}"),
        (None, None) => host,
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// `Authentication=`, spelled with spaces or without.
fn authentication(way: SignIn, spaces: bool) -> Option<String> {
    let name = way.keyword()?;
    Some(if spaces {
        format!("Active Directory {name}")
    } else {
        format!("ActiveDirectory{}", name.replace(' ', ""))
    })
}

/// User name or id, whichever the way of signing in goes by.
fn user(pasted: &Pasted) -> Option<String> {
    let id = || {
        let id = pasted.client_id.clone()?;
        Some(match &pasted.tenant {
            Some(tenant) => format!("{id}@{tenant}"),
            None => id,
        })
    };
    pasted.user.clone().or_else(id)
}

/// Parts between semicolons.
struct Parts {
    text: String,
    quote: fn(&str) -> String,
}

impl Parts {
    fn put(&mut self, key: &str, value: impl AsRef<str>) {
        self.text.push_str(key);
        self.text.push('=');
        self.text.push_str(&(self.quote)(value.as_ref()));
        self.text.push(';');
    }

    fn put_some(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(key, value.to_string());
        }
    }

    fn kept(&mut self, pasted: &Pasted) {
        for (key, value) in &pasted.kept {
            // A value that was written out above is not written again.
            if keyword(key) == Some(Keyword::Ignored) {
                self.put(key, value);
            }
        }
    }
}

fn ado(pasted: &Pasted, right: &Right) -> String {
    let mut parts = Parts {
        text: String::new(),
        quote: in_quotes,
    };
    let driver = &right.driver;
    parts.put("Server", with_comma(right));
    parts.put_some("Database", pasted.database.as_ref());
    if pasted.sign_in == SignIn::Windows {
        parts.put("Integrated Security", "True");
    }
    parts.put_some("Authentication", authentication(pasted.sign_in, true));
    parts.put_some("User ID", user(pasted));
    // An access token has no key here: the program gives it to the connection.
    if pasted.sign_in != SignIn::EntraToken {
        parts.put_some("Password", secret(pasted));
    }
    parts.put_some("Encrypt", driver.encrypt.map(encrypt));
    parts.put_some(
        "TrustServerCertificate",
        driver.trust_server_certificate.map(capital),
    );
    parts.put_some("Connect Timeout", driver.connect_timeout_s);
    parts.put_some("ConnectRetryCount", driver.connect_retry_count);
    parts.put_some("ConnectRetryInterval", driver.connect_retry_interval_s);
    parts.put_some(
        "MultiSubnetFailover",
        driver.multi_subnet_failover.map(capital),
    );
    parts.put_some("ApplicationIntent", driver.application_intent.map(intent));
    parts.kept(pasted);
    parts.text
}

fn odbc(pasted: &Pasted, right: &Right, name: OdbcDriver) -> String {
    let mut parts = Parts {
        text: String::new(),
        quote: in_braces,
    };
    let driver = &right.driver;
    let name = match name {
        OdbcDriver::V17 => "ODBC Driver 17 for SQL Server",
        OdbcDriver::V18 | OdbcDriver::Old => "ODBC Driver 18 for SQL Server",
        OdbcDriver::Other => "DRIVER",
    };
    parts.text.push_str(&format!("Driver={{{name}}};"));
    parts.put("Server", with_comma(right));
    parts.put_some("Database", pasted.database.as_ref());
    if pasted.sign_in == SignIn::Windows {
        parts.put("Trusted_Connection", "yes");
    }
    let way = match pasted.sign_in {
        SignIn::EntraManagedIdentity => Some("ActiveDirectoryMsi".to_owned()),
        way => authentication(way, false),
    };
    parts.put_some("Authentication", way);
    parts.put_some("UID", user(pasted));
    if pasted.sign_in != SignIn::EntraToken {
        parts.put_some("PWD", secret(pasted));
    }
    let yes = |on: bool| if on { "yes" } else { "no" };
    parts.put_some(
        "Encrypt",
        driver.encrypt.map(|how| match how {
            Encrypt::Optional => "no",
            Encrypt::Mandatory => "yes",
            Encrypt::Strict => "strict",
        }),
    );
    parts.put_some(
        "TrustServerCertificate",
        driver.trust_server_certificate.map(yes),
    );
    parts.put_some("ConnectRetryCount", driver.connect_retry_count);
    parts.put_some("ConnectRetryInterval", driver.connect_retry_interval_s);
    parts.put_some("MultiSubnetFailover", driver.multi_subnet_failover.map(yes));
    parts.put_some("ApplicationIntent", driver.application_intent.map(intent));
    parts.kept(pasted);
    parts.text
}

fn jdbc(pasted: &Pasted, right: &Right) -> String {
    let mut parts = Parts {
        text: "jdbc:sqlserver://".to_owned(),
        quote: in_braces,
    };
    let driver = &right.driver;
    parts.text.push_str(&bracketed(&right.host));
    if let Some(instance) = &right.instance {
        parts.text.push_str(&format!("\\{instance}"));
    }
    if let Some(port) = right.port {
        parts.text.push_str(&format!(":{port}"));
    }
    parts.text.push(';');
    parts.put_some("databaseName", pasted.database.as_ref());
    if pasted.sign_in == SignIn::Windows {
        parts.put("integratedSecurity", "true");
    }
    parts.put_some("authentication", authentication(pasted.sign_in, false));
    if pasted.sign_in == SignIn::EntraManagedIdentity {
        parts.put_some("msiClientId", pasted.client_id.as_ref());
    } else {
        parts.put_some("user", user(pasted));
    }
    let key = if pasted.sign_in == SignIn::EntraToken {
        "accessToken"
    } else {
        "password"
    };
    parts.put_some(key, secret(pasted));
    parts.put_some(
        "encrypt",
        driver.encrypt.map(|how| encrypt(how).to_ascii_lowercase()),
    );
    parts.put_some("trustServerCertificate", driver.trust_server_certificate);
    parts.put_some("loginTimeout", driver.connect_timeout_s);
    parts.put_some("connectRetryCount", driver.connect_retry_count);
    parts.put_some("connectRetryInterval", driver.connect_retry_interval_s);
    parts.put_some("multiSubnetFailover", driver.multi_subnet_failover);
    parts.put_some("applicationIntent", driver.application_intent.map(intent));
    parts.kept(pasted);
    parts.text
}

fn url(pasted: &Pasted, right: &Right) -> String {
    let driver = &right.driver;
    let mut text = "sqlserver://".to_owned();
    if let Some(user) = user(pasted) {
        text.push_str(&percent(&user));
        if secret(pasted).is_some() {
            text.push_str(":PASSWORD");
        }
        text.push('@');
    }
    text.push_str(&bracketed(&right.host));
    if let Some(port) = right.port {
        text.push_str(&format!(":{port}"));
    }
    if let Some(instance) = &right.instance {
        text.push_str(&format!("/{}", percent(instance)));
    }
    let query = [
        ("database", pasted.database.clone()),
        ("fedauth", authentication(pasted.sign_in, false)),
        (
            "encrypt",
            driver.encrypt.map(|how| encrypt(how).to_ascii_lowercase()),
        ),
        (
            "TrustServerCertificate",
            driver.trust_server_certificate.map(|on| on.to_string()),
        ),
        (
            "dial timeout",
            driver.connect_timeout_s.map(|s| s.to_string()),
        ),
        (
            "multisubnetfailover",
            driver.multi_subnet_failover.map(|on| on.to_string()),
        ),
        (
            "ApplicationIntent",
            driver.application_intent.map(|i| intent(i).to_owned()),
        ),
    ];
    let query = query
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .chain(pasted.kept.iter().cloned());
    for (at, (key, value)) in query.enumerate() {
        let sign = if at == 0 { '?' } else { '&' };
        text.push_str(&format!("{sign}{}={}", percent(&key), percent(&value)));
    }
    text
}

fn powershell(pasted: &Pasted, right: &Right) -> String {
    let mut lines = vec!["$parameters = @{".to_owned()];
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("    {key} = {value}"));
        }
    };
    let quoted = |text: &str| Some(format!("'{}'", text.replace('\'', "''")));
    let truth = |on: Option<bool>| on.map(|on| format!("${on}"));
    put("Server", quoted(&with_comma(right)));
    put("Database", pasted.database.as_deref().and_then(quoted));
    let way = match pasted.sign_in {
        SignIn::None | SignIn::Windows | SignIn::EntraToken => None,
        SignIn::Sql => Some("SQL Server Authentication".to_owned()),
        way => way.keyword().map(|name| format!("Microsoft Entra {name}")),
    };
    put("AuthenticationType", way.as_deref().and_then(quoted));
    put("User", pasted.user.as_deref().and_then(quoted));
    put("Password", secret(pasted).and_then(quoted));
    put(
        "UserAssignedIdentityClientId",
        pasted.client_id.as_deref().and_then(quoted),
    );
    put(
        "TrustServerCertificate",
        truth(right.driver.trust_server_certificate),
    );
    let script = &pasted.script;
    put(
        "EncryptionProtocol",
        script.encryption.and_then(|choice| quoted(choice.title())),
    );
    put("RunAdvancedConnectivityPolicyTests", truth(script.advanced));
    put("ConnectionAttempts", script.attempts.map(|n| n.to_string()));
    put(
        "DelayBetweenConnections",
        script.delay_s.map(|n| n.to_string()),
    );
    put("CollectNetworkTrace", truth(script.network_trace));
    put("SendAnonymousUsageData", truth(script.usage_data));
    lines.push("}".to_owned());
    lines.join("\n")
}

fn encrypt(how: Encrypt) -> &'static str {
    match how {
        Encrypt::Optional => "False",
        Encrypt::Mandatory => "True",
        Encrypt::Strict => "Strict",
    }
}

fn intent(intent: Intent) -> &'static str {
    match intent {
        Intent::ReadWrite => "ReadWrite",
        Intent::ReadOnly => "ReadOnly",
    }
}

fn capital(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

/// ADO.NET's quotes, where a value needs them.
fn in_quotes(value: &str) -> String {
    let plain = !value.is_empty()
        && value.trim() == value
        && !value.contains([';', '=', '"', '\''])
        && !value.chars().any(char::is_control);
    if plain {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', "\"\""))
    }
}

/// ODBC's and JDBC's braces, where a value needs them.
fn in_braces(value: &str) -> String {
    let plain = !value.is_empty()
        && value.trim() == value
        && !value.contains([';', '=', '{', '}', '[', ']', '(', ')', '?', '*', '!']);
    if plain {
        value.to_owned()
    } else {
        format!("{{{}}}", value.replace('}', "}}"))
    }
}

/// Percent-encoded.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
