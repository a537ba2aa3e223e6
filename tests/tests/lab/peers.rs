//! Clients that nobody here wrote: FreeTDS `tsql` and tiberius.

use super::start::Practising;
use lab::Scenario;
use std::io::Write;
use std::process::{Command, Stdio};
use tiberius::{AuthMethod, Client, EncryptionLevel};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// A client that is logged in.
pub(crate) type Tiberius = Client<Compat<tokio::net::TcpStream>>;

/// How tiberius should log in.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: &'static str,
    pub(crate) password: String,
    pub(crate) application: String,
    pub(crate) encryption: EncryptionLevel,
    pub(crate) trusts_lab: bool,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            user: lab::USER,
            password: lab::PASSWORD.to_owned(),
            application: "lab test".to_owned(),
            encryption: EncryptionLevel::Required,
            trusts_lab: true,
        }
    }
}

/// Logs in by tiberius, at the port it is routed to if need be.
pub(crate) async fn tiberius(
    practising: &Practising,
    port: u16,
    login: &Login,
) -> tiberius::Result<Tiberius> {
    let mut config = tiberius::Config::new();
    config.host("localhost");
    config.port(port);
    config.database("shop");
    config.application_name(&login.application);
    config.encryption(login.encryption);
    config.authentication(AuthMethod::sql_server(login.user, &login.password));
    if login.trusts_lab {
        config.trust_cert_ca_bundle(practising.lab.ca_pem().as_bytes());
    }
    let stream = tokio::net::TcpStream::connect(config.get_addr()).await?;
    stream.set_nodelay(true)?;
    Client::connect(config, stream.compat_write()).await
}

/// The number and text of the error that refuses a login.
pub(crate) async fn refusal(
    practising: &Practising,
    scenario: Scenario,
    login: &Login,
) -> (u32, u8, String) {
    match tiberius(practising, practising.port(scenario), login).await {
        Err(tiberius::error::Error::Server(error)) => {
            (error.code(), error.state(), error.message().to_owned())
        }
        Err(other) => panic!("{scenario}: {other}"),
        Ok(_) => panic!("{scenario}: let in"),
    }
}

/// The first value of the first row, as text.
pub(crate) async fn ask(client: &mut Tiberius, sql: &str) -> String {
    let row = client
        .simple_query(sql)
        .await
        .unwrap()
        .into_row()
        .await
        .unwrap()
        .unwrap();
    match row.try_get::<&str, _>(0) {
        Ok(text) => text.unwrap_or("NULL").to_owned(),
        Err(_) => row.get::<i32, _>(0).unwrap().to_string(),
    }
}

/// Whether `tsql` is there; if it is not, says so in the form that `xtask test` counts.
pub(crate) fn tsql_is_here(test: &str) -> bool {
    let here = Command::new("tsql")
        .arg("-C")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !here {
        tests::skip(
            test,
            "FreeTDS tsql is not installed (apt-get install freetds-bin)",
        );
    }
    here
}

/// Runs SQL by `tsql` and returns all it says.
pub(crate) fn tsql(
    practising: &Practising,
    port: u16,
    encryption: &str,
    password: &str,
    sql: &str,
) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, practising.lab.ca_pem()).unwrap();
    let configuration = folder.path().join("freetds.conf");
    let text = format!(
        "[practice]\nhost = localhost\nport = {port}\ntds version = 7.4\nencryption = {encryption}\nca file = {}\n\
         check certificate hostname = yes\ndatabase = shop\ntimeout = 20\nconnect timeout = 20\n",
        ca.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let mut child = Command::new("tsql")
        .args([
            "-S",
            "practice",
            "-U",
            lab::USER,
            "-P",
            password,
            "-D",
            "shop",
        ])
        .env("FREETDSCONF", &configuration)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it reads anything, when the login fails.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{sql}\nGO\nEXIT\n").as_bytes());
    let output = child.wait_with_output().unwrap();
    [output.stdout, output.stderr]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .join("\n")
}
