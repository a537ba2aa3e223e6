//! An agent behind a proxy, and a portal with a private CA: the portal is reached through the one and believed by
//! the other; targets never go through the proxy, and no token goes where others could read it.

use crate::bench::{lab, plan};
use crate::portal::{Portal, TOKEN};
use lab::{Lab, Scenario};
use model::EventBody;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tests::{folder, tools};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_rustls::TlsAcceptor;

const NAME: &str = "portal.example.test";

/// TLS before a portal that has none, under a CA of its own; answers with the CA's PEM.
async fn behind_tls(portal: SocketAddr) -> (SocketAddr, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new([NAME.to_owned()])
        .expect("a name")
        .signed_by(&key, &ca)
        .expect("a certificate");
    let chain = vec![CertificateDer::from(leaf.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut inside) = acceptor.accept(stream).await else {
                    return;
                };
                let mut outside = TcpStream::connect(portal).await.expect("the portal");
                let _ = copy_bidirectional(&mut inside, &mut outside).await;
            });
        }
    });
    (address, ca.pem())
}

/// A proxy that leads every CONNECT to one place, and notes what it was asked for.
async fn proxy(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let noted = noted.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let first = head.lines().next().unwrap_or_default().to_owned();
                let tunnel = first.starts_with("CONNECT ");
                noted.lock().expect("not poisoned").push(first);
                if !tunnel {
                    return;
                }
                let mut outside = TcpStream::connect(to).await.expect("where it leads");
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                let _ = copy_bidirectional(&mut stream, &mut outside).await;
            });
        }
    });
    (address, asked)
}

/// The real program, with the proxy in its environment and nothing else.
fn program(dir: &Path, portal: &str, lab: &Lab, proxy: SocketAddr, ca: Option<&str>) -> Child {
    let token = dir.join("token");
    std::fs::write(&token, TOKEN).expect("written");
    let mut command = Command::new(tools::program("linecheck-agent"));
    command
        .args(["run", "--portal", portal, "--token-file"])
        .arg(token)
        .arg("--data-dir")
        .arg(dir.join("agent"))
        .args(["--allow", "127.0.0.1:1-65535", "--allow", "[::1]:1-65535"]);
    let roots = dir.join("lab.pem");
    std::fs::write(&roots, tests::pem(&lab.ca())).expect("written");
    command.arg("--trust").arg(roots);
    if let Some(ca) = ca {
        let file = dir.join("ca.pem");
        std::fs::write(&file, ca).expect("written");
        command.arg("--ca").arg(file);
    }
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, format!("http://{proxy}"));
    }
    command
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the agent starts")
}

#[tokio::test]
async fn the_portal_is_reached_through_the_proxy_and_targets_are_not() {
    let lab = lab(Scenario::Healthy).await;
    let (portal, address) = Portal::start().await;
    let (tls, ca) = behind_tls(address).await;
    let (proxy, asked) = proxy(tls).await;
    let dir = folder();
    let url = format!("https://{NAME}");
    let mut agent = program(dir.path(), &url, &lab, proxy, Some(&ca));
    let port = lab.port(Scenario::Healthy).expect("a port");
    let log = portal
        .complete(portal.queue(plan("localhost", port, false), None))
        .await;
    agent.kill().await.expect("it ends");
    let last = log.events.last().map(|event| &event.body);
    assert_eq!(last, Some(&EventBody::RunFinished { cancelled: false }));
    assert!(lab.counter(Scenario::Healthy).connections > 0);
    let asked = asked.lock().expect("not poisoned").clone();
    assert!(!asked.is_empty(), "the proxy was not used");
    let line = format!("CONNECT {NAME}:443 HTTP/1.1");
    assert!(asked.iter().all(|one| *one == line), "{asked:?}");
}

#[tokio::test]
async fn without_its_ca_the_portal_is_not_told_the_token() {
    let lab = lab(Scenario::Healthy).await;
    let (portal, address) = Portal::start().await;
    let (tls, _) = behind_tls(address).await;
    let (proxy, asked) = proxy(tls).await;
    let dir = folder();
    let url = format!("https://{NAME}");
    let mut agent = program(dir.path(), &url, &lab, proxy, None);
    tests::eventually("it tries", std::time::Duration::from_secs(20), async || {
        (asked.lock().expect("not poisoned").len() > 2).then_some(())
    })
    .await;
    agent.kill().await.expect("it ends");
    assert_eq!(portal.heartbeats(), 0);
}

#[tokio::test]
async fn a_token_is_not_sent_in_clear_text() {
    let lab = lab(Scenario::Healthy).await;
    let (_, address) = Portal::start().await;
    let (proxy, asked) = proxy(address).await;
    let dir = folder();
    let agent = program(dir.path(), &format!("http://{NAME}"), &lab, proxy, None);
    let ended = agent.wait_with_output().await.expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    let text = String::from_utf8_lossy(&ended.stderr);
    assert!(text.contains("https://"), "{text}");
    assert!(asked.lock().expect("not poisoned").is_empty());
}
