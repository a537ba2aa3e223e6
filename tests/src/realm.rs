//! A Kerberos realm of one test's own: MIT's KDC on a free port of loopback, everything it writes in one folder.

use crate::{eventually, tools};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Its name, and whoever signs in.
pub const REALM: &str = "LINECHECK.TEST";
/// Who has a password there.
const USER: &str = "practice";

/// A realm. Dropped, its KDC is gone.
pub struct Realm {
    folder: TempDir,
    port: u16,
    kdc: Option<Child>,
}

/// Why this host can make none, if it cannot.
#[must_use]
pub fn unable() -> Option<String> {
    ["krb5kdc", "kdb5_util", "kadmin.local", "kinit"]
        .into_iter()
        .find(|program| tools::find(program).is_none())
        .map(|program| format!("{program} is missing"))
}

impl Realm {
    /// Makes it, with one user, and starts its KDC.
    ///
    /// # Panics
    /// When that fails; ask [`unable`] before.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut realm = Self {
            folder: crate::folder(),
            port,
            kdc: None,
        };
        realm.write_files();
        realm.run("kdb5_util", &["create", "-s", "-P", "master", "-r", REALM]);
        realm.admin(&format!("addprinc -randkey {USER}"));
        realm.admin(&format!("ktadd -k {} {USER}", realm.text("user.keytab")));
        drop(listener);
        let mut kdc = realm.command("krb5kdc");
        kdc.arg("-n").stdout(Stdio::null()).stderr(Stdio::null());
        realm.kdc = Some(kdc.spawn().expect("the KDC starts"));
        eventually("the KDC answers", Duration::from_secs(30), async || {
            let mut kinit = realm.sign_in();
            kinit.output().ok()?.status.success().then_some(())
        })
        .await;
        realm
    }

    /// A file of the realm's.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write_files(&self) {
        let (folder, port) = (self.folder.path().display(), self.port);
        let client = format!(
            "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
             dns_canonicalize_hostname = false\n rdns = false\n kdc_timesync = 0\n udp_preference_limit = 1\n\
             [realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
        );
        let kdc = format!(
            "[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = 127.0.0.1:{port}\n[realms]\n {REALM} = {{\n  \
             database_name = {folder}/principal\n  key_stash_file = {folder}/stash\n  acl_file = {folder}/acl\n  \
             max_life = 1h\n }}\n[logging]\n kdc = FILE:{folder}/kdc.log\n admin_server = FILE:{folder}/kdc.log\n \
             default = FILE:{folder}/kdc.log\n"
        );
        std::fs::write(self.path("krb5.conf"), client).expect("written");
        std::fs::write(self.path("kdc.conf"), kdc).expect("written");
    }

    /// A program that lives in this realm.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env("KRB5_CONFIG", self.path("krb5.conf"))
            .env("KRB5_KDC_PROFILE", self.path("kdc.conf"))
            .env("KRB5_KTNAME", self.path("server.keytab"))
            .env("KRB5CCNAME", format!("FILE:{}", self.text("tickets")))
            .env("KRB5RCACHENAME", "none:");
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output();
        let output = output.expect("the program starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {words}");
    }

    fn admin(&self, query: &str) {
        self.run("kadmin.local", &["-r", REALM, "-q", query]);
    }

    /// Registers a service, its key going to `keytab`.
    pub fn register(&self, spn: &str, keytab: &str) {
        self.admin(&format!("addprinc -randkey {spn}"));
        self.admin(&format!("ktadd -k {} {spn}", self.text(keytab)));
    }

    /// Signs the user in: a ticket stands where `KRB5CCNAME` says.
    #[must_use]
    pub fn sign_in(&self) -> Command {
        let mut kinit = self.command("kinit");
        kinit.args(["-k", "-t", &self.text("user.keytab"), USER]);
        kinit
    }

    /// Ends its KDC.
    pub fn end_kdc(&mut self) {
        if let Some(mut kdc) = self.kdc.take() {
            let _ = kdc.kill();
            let _ = kdc.wait();
        }
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        self.end_kdc();
    }
}
