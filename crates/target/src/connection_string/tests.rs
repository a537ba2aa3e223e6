//! Connection strings as people paste them.

use super::{Pasted, connection_string};
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
fn other_sign_ins_are_left_out_and_said() {
    for part in [
        "Integrated Security=SSPI",
        "Trusted_Connection=yes",
        "Authentication=Active Directory Default",
    ] {
        let pasted = read(&format!("server=h;uid=u;pwd=p;{part}"));
        assert_eq!((pasted.user, pasted.password), (None, None));
        assert!(
            pasted.notes.iter().any(|note| note.code == "not_sql_login"),
            "{part}"
        );
    }
    assert_eq!(
        password("server=h;pwd=p;authentication=Sql Password").as_deref(),
        Some("p")
    );
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
}
