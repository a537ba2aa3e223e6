//! Strings as people paste them, and what they should be.

use crate::{Pasted, connection_string, corrected};
use proptest::prelude::*;

fn read(text: &str) -> Pasted {
    connection_string(text)
        .expect("a connection string")
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What was pasted, what it becomes, and the codes of what was changed.
const ROWS: &[(&str, &str, &[&str])] = &[
    (
        "Server=tcp:contoso.database.windows.net,1433;Database=orders;User ID=u;Password=s3cretX;Encrypt=True;\
         TrustServerCertificate=False;Connection Timeout=30;",
        "Server=tcp:contoso.database.windows.net,1433;Database=orders;User ID=u;Password=<password>;Encrypt=True;\
         TrustServerCertificate=False;Connect Timeout=30;",
        &[],
    ),
    (
        "Data Source=contoso.database.windows.net:1433;UID=u;PWD=s3cretX;Encrypt=False;TrustServerCertificate=True;App=x",
        "Server=tcp:contoso.database.windows.net,1433;User ID=u;Password=<password>;Encrypt=True;\
         TrustServerCertificate=False;Connect Timeout=30;App=x;",
        &[
            "comma_before_port",
            "certificate_checked",
            "encrypt_on",
            "timeout_longer",
        ],
    ),
    (
        "Server=mi.public.0a1b.database.windows.net;Encrypt=True;Connect Timeout=30;MultiSubnetFailover=True",
        "Server=tcp:mi.public.0a1b.database.windows.net,3342;Encrypt=True;Connect Timeout=30;",
        &["port_3342", "multi_subnet_off"],
    ),
    (
        "Server=mi.0a1b.database.windows.net,3342;Encrypt=Strict;Connect Timeout=60",
        "Server=tcp:mi.0a1b.database.windows.net,1433;Encrypt=Strict;Connect Timeout=60;",
        &["port_1433"],
    ),
    (
        "Server=contoso.database.windows.net,3342;Encrypt=True;Connect Timeout=30",
        "Server=tcp:contoso.database.windows.net,1433;Encrypt=True;Connect Timeout=30;",
        &["port_not_3342"],
    ),
    (
        "Server=contoso.privatelink.database.windows.net\\x;Connect Timeout=30",
        "Server=tcp:contoso.database.windows.net,1433;Encrypt=True;Connect Timeout=30;",
        &["privatelink_removed", "instance_removed", "encrypt_written"],
    ),
    (
        "Server=.database.windows.net;Encrypt=true;Connect Timeout=30",
        "Server=tcp:your-server.database.windows.net,1433;Encrypt=True;Connect Timeout=30;",
        &["server_name_missing"],
    ),
    (
        "Server=tr1.westeurope1-a.worker.database.windows.net,11042;Encrypt=true;Connect Timeout=30",
        "Server=tcp:your-server.database.windows.net,1433;Encrypt=True;Connect Timeout=30;",
        &["node_name_replaced"],
    ),
    (
        "Server=sql01\\inst;Integrated Security=SSPI;Connect Timeout=15;ConnectRetryCount=3;MultiSubnetFailover=True",
        "Server=sql01\\inst;Integrated Security=True;Connect Timeout=30;ConnectRetryCount=3;MultiSubnetFailover=True;",
        &["timeout_holds_retries"],
    ),
    (
        "Server=ws-ondemand.sql.azuresynapse.net;Encrypt=true;Authentication=Active Directory Managed Identity;User Id=id-1",
        "Server=tcp:ws-ondemand.sql.azuresynapse.net,1433;Authentication=Active Directory Managed Identity;User \
         ID=id-1;Encrypt=True;Connect Timeout=60;",
        &["timeout_longer"],
    ),
    (
        "Driver={SQL Server};Server=contoso.database.windows.net;Database=a b;UID=u;PWD={s3cretX}",
        "Driver={ODBC Driver 18 for SQL Server};Server=tcp:contoso.database.windows.net,1433;Database=a \
         b;UID=u;PWD=<password>;Encrypt=yes;",
        &["encrypt_written", "odbc_driver_18"],
    ),
    (
        "jdbc:sqlserver://contoso.database.windows.net:1433;database={a;b};user=u@contoso;password={s3cretX};encrypt=true;\
         trustServerCertificate=false;hostNameInCertificate=*.database.windows.net;loginTimeout=30;",
        "jdbc:sqlserver://contoso.database.windows.net:1433;databaseName={a;b};user=u@contoso;password=<password>;\
         encrypt=true;trustServerCertificate=false;loginTimeout=30;hostNameInCertificate={*.database.windows.net};",
        &[],
    ),
    (
        "sqlserver://u%40x:s3cretX@mi.public.0a1b.database.windows.net?database=a+b",
        "sqlserver://u%40x:PASSWORD@mi.public.0a1b.database.windows.net:3342?database=a%20b&encrypt=true&dial%20timeout=30",
        &["port_3342", "encrypt_written", "timeout_longer"],
    ),
    (
        "@{ Server='mi.public.0a1b.database.windows.net'; Database='o''b'; User='u'; Password='s3cretX'; \
         EncryptionProtocol='Tls 1.2'; ConnectionAttempts=3; CollectNetworkTrace=$true }",
        "$parameters = @{\n    Server = 'tcp:mi.public.0a1b.database.windows.net,3342'\n    Database = 'o''b'\n    \
         AuthenticationType = 'SQL Server Authentication'\n    User = 'u'\n    Password = '<password>'\n    \
         EncryptionProtocol = 'Tls 1.2'\n    ConnectionAttempts = 3\n    CollectNetworkTrace = $true\n}",
        &["port_3342"],
    ),
];

#[test]
fn strings_are_put_right() {
    for (text, want, codes) in ROWS {
        let right = corrected(&read(text));
        assert_eq!(right.text, *want);
        let found: Vec<&str> = right.changes.iter().map(|change| change.code).collect();
        assert_eq!(found, *codes, "{text}");
        assert!(!format!("{right:?}").contains("s3cretX"), "{text}");
    }
}

#[test]
fn what_is_right_stays() {
    for (_, text, codes) in ROWS {
        let again = corrected(&read(text));
        assert_eq!(again.text, *text);
        assert!(
            again.changes.is_empty(),
            "{text}: {codes:?} {:?}",
            again.changes
        );
    }
}

proptest! {
    /// Whatever was read, what comes back can be read too, and is for the same sort of driver.
    #[test]
    fn what_comes_back_can_be_read(text in "[ -~а-яß\\n]{0,60}", key in prop::sample::select(vec!["User", "Database", "App", "Encrypt", "Password"])) {
        for text in [
            format!("Server=h;{key}={text}"),
            format!("Driver={{ODBC Driver 17 for SQL Server}};Server=h;{key}={text}"),
            format!("jdbc:sqlserver://h;{key}={text}"),
            format!("sqlserver://h?{key}={text}"),
            format!("@{{ Server = 'h'\n{key} = {text}\n}}"),
        ] {
            let Some(Ok(pasted)) = connection_string(&text) else { continue };
            let right = corrected(&pasted).text;
            let again = connection_string(&right);
            let Some(Ok(again)) = again else { panic!("{right:?}: {again:?}") };
            prop_assert_eq!(&again.database, &pasted.database, "{}", right);
            prop_assert_eq!(&again.user, &pasted.user, "{}", right);
        }
    }

    /// Whatever the values, the corrected string reads back to the same ones, and holds no secret.
    #[test]
    fn values_survive(database in "[ -~]{1,20}", user in "[!-~]{1,20}", secret in "[A-Z]{12}") {
        let quoted = |text: &str| text.replace('\'', "''");
        let pasted = read(&format!(
            "Server=sql01;Database='{}';User ID='{}';Password='{secret}'",
            quoted(&database), quoted(&user),
        ));
        for dialect in crate::Dialect::ALL {
            let of = Pasted { dialect: *dialect, ..pasted.clone() };
            let right = corrected(&of).text;
            prop_assert!(!right.contains(&secret) || user.contains(&secret) || database.contains(&secret));
            let again = read(&right);
            prop_assert_eq!(&again.database, &of.database, "{}", right);
            prop_assert_eq!(&again.user, &of.user, "{}", right);
            prop_assert_eq!(&again.server.server, &of.server.server, "{}", right);
        }
    }
}
