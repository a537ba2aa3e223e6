//! Connection strings as people paste them.

use super::{Dialect, OdbcDriver, Pasted, Script, SignIn, TlsChoice, connection_string};
use crate::{Encrypt, Error, Intent};
use proptest::prelude::*;

fn read(text: &str) -> Pasted {
    connection_string(text)
        .expect("a connection string")
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn password(text: &str) -> Option<String> {
    read(text).password.map(|p| p.expose().to_owned())
}

#[test]
fn plain_servers_are_none() {
    for text in ["", "tcp:host,1433", "host\\instance", "host,1433;", "::1"] {
        assert!(connection_string(text).is_none(), "{text}");
    }
}

#[test]
fn the_portal_s_own_example_is_taken_apart() {
    let pasted = read(
        "Server=tcp:contoso.database.windows.net,1433;Initial Catalog=orders;Persist Security Info=False;\
         User ID=reader;Password=a;b=1;Encrypt=True;TrustServerCertificate=False;Connection Timeout=30;"
            .replace("a;b=1", "secret1").as_str(),
    );
    assert_eq!(
        pasted.server.server,
        "tcp:contoso.database.windows.net,1433"
    );
    assert_eq!(pasted.database.as_deref(), Some("orders"));
    assert_eq!(pasted.user.as_deref(), Some("reader"));
    assert_eq!(
        pasted.password.as_ref().map(|p| p.expose()),
        Some("secret1")
    );
    assert_eq!(pasted.driver.encrypt, Some(Encrypt::Mandatory));
    assert_eq!(pasted.driver.trust_server_certificate, Some(false));
    assert_eq!(pasted.driver.connect_timeout_s, Some(30));
    assert!(pasted.unknown.is_empty(), "{:?}", pasted.unknown);
    assert!(!format!("{pasted:?}").contains("secret1"));
}

#[test]
fn every_synonym_is_known_in_any_case() {
    for key in [
        "server",
        "DATA SOURCE",
        "Addr",
        "Address",
        "Network Address",
        "DataSource",
    ] {
        assert_eq!(read(&format!("{key}=h")).server.host, "h", "{key}");
    }
    for key in ["Database", "initial  catalog"] {
        assert_eq!(
            read(&format!("server=h;{key}=d")).database.as_deref(),
            Some("d")
        );
    }
    for key in ["User ID", "UID", "user"] {
        assert_eq!(
            read(&format!("server=h;{key}=u")).user.as_deref(),
            Some("u")
        );
    }
    for key in ["Password", "PWD"] {
        assert_eq!(password(&format!("server=h;{key}=p")).as_deref(), Some("p"));
    }
    for key in ["Connect Timeout", "Connection Timeout", "Timeout"] {
        assert_eq!(
            read(&format!("server=h;{key}=7")).driver.connect_timeout_s,
            Some(7)
        );
    }
    let driver =
        read("server=h;MultiSubnetFailover=yes;Application Intent=ReadOnly;encrypt=strict").driver;
    assert_eq!(driver.multi_subnet_failover, Some(true));
    assert_eq!(driver.application_intent, Some(Intent::ReadOnly));
    assert_eq!(driver.encrypt, Some(Encrypt::Strict));
}

#[test]
fn quotes_braces_and_equals_signs() {
    for (value, want) in [
        ("'a;b'", "a;b"),
        ("\"a;b\"", "a;b"),
        ("'it''s'", "it's"),
        ("\"say \"\"x\"\"\"", "say \"x\""),
        (" spaced out ", "spaced out"),
        ("' kept '", " kept "),
        ("a=b", "a=b"),
        (" =x", "=x"),
        ("it's", "it's"),
        ("{brace}", "{brace}"),
        ("пароль", "пароль"),
    ] {
        let text = format!("Server=h;Password={value};Database=d");
        assert_eq!(password(&text).as_deref(), Some(want), "{value}");
    }
    assert_eq!(
        password("Driver={ODBC Driver 18 for SQL Server};Server=h;Uid=u;Pwd={a;}}b}").as_deref(),
        Some("a;}b")
    );
    assert_eq!(password("\"Server=h;Password=p;\";").as_deref(), Some("p"));
    assert_eq!(
        password("Server=h;Password=one;pwd=two").as_deref(),
        Some("two")
    );
    assert_eq!(password("Server=h;Password=").as_deref(), None);
}

#[test]
fn jdbc_and_powershell() {
    let pasted = read(
        "jdbc:sqlserver://h.example.com:1444;databaseName=d;user=u;password={p;q};encrypt=true",
    );
    assert_eq!(pasted.server.server, "tcp:h.example.com,1444");
    assert_eq!(pasted.password.as_ref().map(|p| p.expose()), Some("p;q"));
    assert_eq!(
        read("jdbc:sqlserver://h\\i:1444").server.server,
        "tcp:h\\i,1444"
    );
    assert_eq!(
        read("jdbc:sqlserver://;serverName=h;portNumber=5")
            .server
            .server,
        "tcp:h,5"
    );
    let block = "$parameters = @{\n    # Where\n    Server = '.database.windows.net' # set it\n    Database = ''\n    \
                 User = \"u\"\n    Password = 'it''s #1'\n    Local = $false\n}\nInvoke-Thing";
    let pasted = read(block);
    assert_eq!(pasted.server.host, "database.windows.net");
    assert_eq!(pasted.user.as_deref(), Some("u"));
    assert_eq!(pasted.database, None);
    assert_eq!(
        pasted.password.as_ref().map(|p| p.expose()),
        Some("it's #1")
    );
    assert!(pasted.notes.iter().any(|note| note.code == "bare_suffix"));
}

#[test]
fn ways_to_sign_in() {
    for (part, way, user, secret) in [
        ("", SignIn::Sql, Some("u"), Some("p")),
        ("Integrated Security=SSPI", SignIn::Windows, None, None),
        ("Trusted_Connection=yes", SignIn::Windows, None, None),
        (
            "Authentication=Sql Password",
            SignIn::Sql,
            Some("u"),
            Some("p"),
        ),
        (
            "Authentication=Active Directory Password",
            SignIn::EntraPassword,
            Some("u"),
            Some("p"),
        ),
        (
            "Authentication=Active Directory Default",
            SignIn::EntraDefault,
            None,
            None,
        ),
        (
            "Authentication=ActiveDirectoryIntegrated",
            SignIn::EntraIntegrated,
            None,
            None,
        ),
        ("Authentication=Passport", SignIn::None, None, None),
    ] {
        let pasted = read(&format!("server=h;uid=u;pwd=p;{part}"));
        assert_eq!(pasted.sign_in, way, "{part}");
        assert_eq!(pasted.user.as_deref(), user, "{part}");
        let password = pasted.password.as_ref().map(|p| p.expose());
        assert_eq!(password, secret, "{part}");
    }
    assert_eq!(read("server=h").sign_in, SignIn::None);
    let pasted =
        read("server=h;uid=app@tenant;pwd=p;Authentication=Active Directory Service Principal");
    assert_eq!(pasted.client_id.as_deref(), Some("app"));
    assert_eq!(pasted.tenant.as_deref(), Some("tenant"));
    assert_eq!(pasted.user, None);
    let pasted = read(
        "Driver={ODBC Driver 18 for SQL Server};Server=h;UID=id;Authentication=ActiveDirectoryMsi",
    );
    assert_eq!(pasted.dialect, Dialect::Odbc(OdbcDriver::V18));
    assert_eq!(pasted.sign_in, SignIn::EntraManagedIdentity);
    assert_eq!(pasted.client_id.as_deref(), Some("id"));
    let pasted = read("jdbc:sqlserver://h;accessToken=abc");
    assert_eq!(pasted.sign_in, SignIn::EntraToken);
    assert_eq!(pasted.password.as_ref().map(|p| p.expose()), Some("abc"));
}

/// The parameters of checks.md, section 1, in the ways that people write them.
#[test]
fn the_script_s_parameters() {
    let block = "# Fill in\n$parameters = @{\n    # Supports Single, Elastic Pools and Managed Instance\n    Server = \
                 'tcp:contoso.database.windows.net,1433' # or @{}\n    Database = \"or`\"ders\"  # 'x'\n    <# both \
                 kinds; of = comments } #>\n    AuthenticationType = 'SQL Server Authentication'\n    \
                 AuthenticationLibrary = 'MSAL'; User = 'reader'\n    Password = 'it''s ;#1}'\n\n    'TrustServerCertificate' \
                 = $false\n    EncryptionProtocol = 'Tls 1.2'\n    RunAdvancedConnectivityPolicyTests = $True\n    \
                 ConnectionAttempts = 10\n    DelayBetweenConnections = 2;\n    CollectNetworkTrace = $false\n    \
                 SendAnonymousUsageData = $false\n    RepositoryBranch = 'master'\n    Local = $false\n    LocalPath = \
                 ''\n}\n\n$ProgressPreference = 'SilentlyContinue';\nInvoke-Command -ScriptBlock { x = 'y }";
    let one_line = "$parameters = @{ Server = 'tcp:contoso.database.windows.net,1433'; Database = 'or\"ders'; \
                    User=\"reader\"; Password=\"it's ;#1}\";TrustServerCertificate=$false;EncryptionProtocol='Tls \
                    1.2';RunAdvancedConnectivityPolicyTests=$true;ConnectionAttempts=10;DelayBetweenConnections=2;\
                    CollectNetworkTrace=$false;SendAnonymousUsageData=$false}";
    for text in [block, &block.replace('\n', "\r\n"), one_line] {
        let pasted = read(text);
        assert_eq!(pasted.dialect, Dialect::PowerShell);
        assert_eq!(
            pasted.server.server,
            "tcp:contoso.database.windows.net,1433"
        );
        assert_eq!(pasted.database.as_deref(), Some("or\"ders"));
        assert_eq!(pasted.sign_in, SignIn::Sql);
        assert_eq!(pasted.user.as_deref(), Some("reader"));
        let password = pasted.password.as_ref().map(|p| p.expose());
        assert_eq!(password, Some("it's ;#1}"));
        assert_eq!(pasted.driver.trust_server_certificate, Some(false));
        let script = Script {
            encryption: Some(TlsChoice::Tls12),
            advanced: Some(true),
            attempts: Some(10),
            delay_s: Some(2),
            network_trace: Some(false),
            usage_data: Some(false),
            dummy_login: false,
        };
        assert_eq!(pasted.script, script);
        assert!(pasted.unknown.is_empty(), "{:?}", pasted.unknown);
    }
}

#[test]
fn the_script_s_other_values() {
    let of = |entry: &str| read(&format!("@{{ Server = 'h.example.com'\n{entry}\n}}"));
    for (text, way) in [
        ("Microsoft Entra Password", SignIn::EntraPassword),
        ("Microsoft Entra Integrated", SignIn::EntraIntegrated),
        ("Microsoft Entra Interactive", SignIn::EntraInteractive),
        (
            "Microsoft Entra Managed Identity",
            SignIn::EntraManagedIdentity,
        ),
        ("Microsoft Entra MSI", SignIn::EntraManagedIdentity),
    ] {
        assert_eq!(of(&format!("AuthenticationType = '{text}'")).sign_in, way);
    }
    let pasted =
        of("AuthenticationType = 'Microsoft Entra MSI'; UserAssignedIdentityClientId = 'c-1'");
    assert_eq!(pasted.client_id.as_deref(), Some("c-1"));
    for (text, choice) in [
        ("Tls 1.0", Some(TlsChoice::Tls10)),
        ("Tls 1.1", Some(TlsChoice::Tls11)),
        ("Tls 1.3", Some(TlsChoice::Tls13)),
        ("Strict", Some(TlsChoice::Strict)),
        ("", Some(TlsChoice::Auto)),
        ("SSL 3", None),
    ] {
        let pasted = of(&format!("EncryptionProtocol = '{text}'"));
        assert_eq!(pasted.script.encryption, choice, "{text}");
    }
    assert_eq!(of("ConnectionAttempts = 9000").script.attempts, Some(100));
    assert_eq!(of("ConnectionAttempts = 0").script.attempts, Some(1));
    let pasted = of("ConnectionAttempts = 'many'");
    assert_eq!(pasted.script.attempts, None);
    assert!(pasted.notes.iter().any(|n| n.code == "unreadable_value"));
    // The made-up user marks a login that is meant to fail.
    let pasted = of("User = 'AzSQLConnCheckerUser'; Password = 'AzSQLConnCheckerPassword'");
    assert!(pasted.script.dummy_login);
    assert_eq!((pasted.user, pasted.password), (None, None));
    // The script's parameters mean nothing to a driver.
    assert_eq!(
        read("server=h;ConnectionAttempts=3").unknown,
        ["ConnectionAttempts"]
    );
    assert_eq!(of("ShoeSize = 44").unknown, ["ShoeSize"]);
}

#[test]
fn urls_and_jdbc_servers() {
    let pasted = read(
        "sqlserver://us%40er:p%3Aw+d@h.example.com:1444?database=d&encrypt=true&dial+timeout=7",
    );
    assert_eq!(pasted.dialect, Dialect::Url);
    assert_eq!(pasted.server.server, "tcp:h.example.com,1444");
    assert_eq!(pasted.user.as_deref(), Some("us@er"));
    let password = pasted.password.as_ref().map(|p| p.expose());
    assert_eq!(password, Some("p:w+d"));
    assert_eq!(pasted.driver.connect_timeout_s, Some(7));
    assert_eq!(
        read("sqlserver://h/inst?database=d").server.server,
        "h\\inst"
    );
    for (text, server, note) in [
        ("jdbc:sqlserver://h:1444;", "tcp:h,1444", None),
        ("jdbc:sqlserver://h,1444;", "tcp:h,1444", None),
        (
            "jdbc:sqlserver://tcp:h:1444;",
            "tcp:h,1444",
            Some("url_protocol"),
        ),
        (
            "jdbc:sqlserver://h,1444:1444",
            "tcp:h,1444",
            Some("url_comma"),
        ),
        ("jdbc:sqlserver://[::1]:1444", "tcp:[::1],1444", None),
        (
            "jdbc:sqlserver://h:1444;instanceName=i",
            "tcp:h\\i,1444",
            None,
        ),
    ] {
        let pasted = read(text);
        assert_eq!(pasted.server.server, server, "{text}");
        assert!(!pasted.notes.iter().any(|n| n.code == "colon_port"));
        let found = note.is_none_or(|code| pasted.notes.iter().any(|n| n.code == code));
        assert!(found, "{text}");
    }
}

#[test]
fn unknown_keys_are_listed_by_name_and_never_a_password_s_tail() {
    let pasted = read("server=h;Shoe Size=44;tail9!=x;Pooling=true;App=y");
    assert_eq!(pasted.unknown, ["Shoe Size", "(unreadable)"]);
    assert!(!format!("{pasted:?}").contains("44"));
    let pasted = read("server=h;Access Token=abc");
    assert!(
        pasted
            .notes
            .iter()
            .any(|note| note.code == "secret_dropped")
    );
}

#[test]
fn broken_strings_have_a_code() {
    for (text, error) in [
        ("Database=d;User=u", Error::NoServer),
        ("Server=h;Password=a;b", Error::BadConnectionString),
        ("Server=h;Password='a", Error::BadConnectionString),
        ("Server=h;Password='a'b", Error::BadConnectionString),
        ("=x", Error::BadConnectionString),
        ("Server=;Database=d", Error::Empty),
        ("Server=h,0", Error::BadPort),
        ("Server='h;password=x'", Error::SecretInTarget),
        ("Server=np:h", Error::NotTcp),
    ] {
        assert_eq!(connection_string(text), Some(Err(error)), "{text}");
    }
    let long = format!("Server={}", "h".repeat(30_000));
    assert_eq!(connection_string(&long), Some(Err(Error::TooLong)));
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC*") {
        let _ = connection_string(&text);
        let _ = connection_string(&format!("Server=h;{text}"));
        let _ = connection_string(&format!("@{{\nServer='h'\n{text}"));
        let _ = connection_string(&format!("jdbc:sqlserver://{text}"));
        let _ = connection_string(&format!("sqlserver://{text}"));
        let _ = connection_string(&format!("Driver={{SQL Server}};Server=h;{text}"));
    }

    #[test]
    fn any_password_comes_back_whole_and_never_shows(secret in "[^\\p{C}]{6,40}") {
        let quoted = secret.replace('\'', "''");
        let text = format!("Server=h;Password='{quoted}';Database=d");
        let pasted = read(&text);
        prop_assert_eq!(pasted.password.as_ref().map(|p| p.expose()), Some(secret.as_str()));
        prop_assume!(!"Password(…)".contains(&secret));
        let shown = format!("{pasted:?}");
        let without = read("Server=h;Password=x;Database=d");
        prop_assert_eq!(shown, format!("{without:?}"));
    }

    #[test]
    fn a_password_survives_every_dialect(secret in "[!-~]{6,40}") {
        let braces = secret.replace('}', "}}");
        let single = secret.replace('\'', "''");
        let double: String = secret.chars().flat_map(|c| match c {
            '"' | '`' | '$' => vec!['`', c],
            _ => vec![c],
        }).collect();
        let percent: String = secret.bytes().map(|b| format!("%{b:02X}")).collect();
        for text in [
            format!("Driver={{ODBC Driver 17 for SQL Server}};Server=h;UID=u;PWD={{{braces}}};Database=d"),
            format!("jdbc:sqlserver://h;user=u;password={{{braces}}};databaseName=d"),
            format!("sqlserver://u:{percent}@h?database=d"),
            format!("$parameters = @{{\nServer = 'h'\nUser = 'u'\nPassword = '{single}' # x\nDatabase = 'd'\n}}"),
            format!("@{{Server='h';User='u';Password=\"{double}\";Database='d'}}"),
        ] {
            let pasted = read(&text);
            prop_assert_eq!(pasted.password.as_ref().map(|p| p.expose()), Some(secret.as_str()), "{}", text);
            prop_assert_eq!(pasted.database.as_deref(), Some("d"));
            prop_assert_eq!(pasted.server.host.as_str(), "h");
            prop_assert!(pasted.unknown.is_empty() && pasted.notes.is_empty());
        }
    }
}
