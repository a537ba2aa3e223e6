//! What the addresses in a certificate answer about its revocation: every answer there is, what is none, and addresses that
//! are not public, which nobody is sent to.

use crate::bench::{context, options, plan};
use crate::story::Story;
use model::{Encryption, Observation, Options, RevocationAnswer, StepKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tests::revocation::{Chain, Say, Web, found, revoked};
use tokio::net::TcpListener;
use x509_ocsp::{CertStatus, OcspResponse};

/// Where the certificate sends its readers; a stand-in is there.
const OCSP: &str = "ocsp.example";
const CRL: &str = "crl.example";
/// Bytes of an answer that are read at most.
const MOST: u64 = 8 * 1024 * 1024;

async fn listener(at: impl Into<IpAddr>) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((at.into(), 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Asks about a chain; the names of `reached` lead to stand-ins, all other names to `names`.
async fn ask(
    chain: &Chain,
    reached: &[(&str, SocketAddr)],
    names: Vec<IpAddr>,
    tls_timeout_ms: u64,
) -> Story {
    let (listening, server) = listener(Ipv4Addr::LOCALHOST).await;
    let _serving = chain.serve(listening);
    let mut context = context([server], chain.roots());
    for (name, at) in reached {
        context.stand_ins.insert((*name).to_owned(), *at);
    }
    context.names.system = Arc::new(move |host| match host {
        "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
        _ => Ok(names.clone()),
    });
    let options = Options {
        revocation: true,
        encryption: Encryption::Strict,
        prelogin_timeout_ms: 100,
        tls_timeout_ms,
        ..options()
    };
    crate::bench::make(&plan("localhost", server.port(), false, options), &context).await
}

/// Longer than a busy host takes.
const LONG: u64 = 10_000;

/// One answer by OCSP, by what it says to the request.
async fn by_ocsp(say: impl Fn(&Chain, &[u8]) -> Say + Send + Sync + 'static, ms: u64) -> Story {
    let chain = Arc::new(Chain::naming(&[format!("http://{OCSP}/a")], &[]));
    let (listening, at) = listener(Ipv4Addr::LOCALHOST).await;
    let speaker = Arc::clone(&chain);
    let web = Web::serve(listening, move |request| say(&speaker, request));
    let story = ask(&chain, &[(OCSP, at)], Vec::new(), ms).await;
    assert_eq!(web.came(), 1);
    story
}

async fn by_list(say: impl Fn(&Chain) -> Say + Send + Sync + 'static, ms: u64) -> Story {
    let chain = Arc::new(Chain::naming(&[], &[format!("http://{CRL}/list.crl")]));
    let (listening, at) = listener(Ipv4Addr::LOCALHOST).await;
    let speaker = Arc::clone(&chain);
    let web = Web::serve(listening, move |request| {
        assert!(request.is_empty(), "a list is asked for without a body");
        say(&speaker)
    });
    let story = ask(&chain, &[(CRL, at)], Vec::new(), ms).await;
    assert_eq!(web.came(), 1);
    story
}

fn answers(story: &Story) -> Vec<RevocationAnswer> {
    story
        .facts()
        .filter_map(|fact| match fact {
            Observation::RevocationAnswer(answer) => Some(answer.clone()),
            _ => None,
        })
        .collect()
}

/// The only answer: its kind, and what it says.
fn said(story: &Story) -> (String, Option<String>) {
    let mut answers = answers(story);
    assert_eq!(answers.len(), 1);
    let answer = answers.remove(0);
    assert!(answer.bytes <= MOST);
    (answer.kind, answer.status)
}

fn status(code: &str) -> Say {
    Say::Bytes(format!("HTTP/1.1 {code}\r\nContent-Length: 0\r\n\r\n").into_bytes())
}

#[tokio::test]
async fn ocsp_says_good_revoked_or_unknown() {
    let table = [
        (CertStatus::good(), "good"),
        (revoked(), "revoked"),
        (CertStatus::unknown(), "unknown"),
    ];
    for (status, expected) in table {
        let story = by_ocsp(
            move |chain, request| found(&chain.answer(request, status)),
            LONG,
        )
        .await;
        assert_eq!(story.code(StepKind::Revocation), "ok", "{expected}");
        assert_eq!(said(&story), ("ocsp".into(), Some(expected.into())));
    }
}

#[tokio::test]
async fn a_list_says_good_or_revoked() {
    for (revoked, expected) in [(false, "good"), (true, "revoked")] {
        let story = by_list(move |chain| found(&chain.list(revoked)), LONG).await;
        assert_eq!(story.code(StepKind::Revocation), "ok", "{expected}");
        assert_eq!(said(&story), ("crl".into(), Some(expected.into())));
    }
}

/// Everything that is no answer, and how the step ends then.
fn no_answers() -> Vec<(&'static str, Say, &'static str)> {
    let later = der::Encode::to_der(&OcspResponse::try_later()).expect("DER");
    vec![
        ("rubbish", found(b"not an answer"), "answer_malformed"),
        ("nothing", found(b""), "answer_malformed"),
        ("try later", found(&later), "answer_malformed"),
        // A sequence that says it is far longer than what is there.
        (
            "longer than itself",
            found(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x30]),
            "answer_malformed",
        ),
        ("too large", Say::Endless, "answer_malformed"),
        ("not found", status("404 Not Found"), "http_status"),
        ("elsewhere", status("302 Found"), "http_status"),
        (
            "no HTTP",
            Say::Bytes(b"SSH-2.0-x\r\n".to_vec()),
            "answer_malformed",
        ),
        ("closed", Say::Bytes(Vec::new()), "answer_malformed"),
    ]
}

#[tokio::test]
async fn what_is_no_answer_says_nothing_of_the_certificate() {
    for kind in ["ocsp", "crl"] {
        for (what, say, code) in no_answers() {
            let once = std::sync::Mutex::new(Some(say));
            let next = move || once.lock().expect("not poisoned").take().expect("once");
            let story = match kind {
                "ocsp" => by_ocsp(move |_, _| next(), LONG).await,
                _ => by_list(move |_| next(), LONG).await,
            };
            assert_eq!(story.code(StepKind::Revocation), code, "{kind}: {what}");
            assert_eq!(said(&story), (kind.to_owned(), None), "{what}");
        }
    }
}

#[tokio::test]
async fn a_half_answer_is_waited_for_as_long_as_a_handshake() {
    let story = by_ocsp(|_, _| Say::Half, 400).await;
    assert_eq!(story.code(StepKind::Revocation), "answer_timeout");
    assert_eq!(said(&story), ("ocsp".into(), None));
    let story = by_list(|_| Say::Half, 400).await;
    assert_eq!(story.code(StepKind::Revocation), "answer_timeout");
    assert_eq!(said(&story), ("crl".into(), None));
}

#[tokio::test]
async fn an_answer_about_another_certificate_is_none() {
    let other = Arc::new(Chain::naming(&[format!("http://{OCSP}/")], &[]));
    let story = by_ocsp(
        move |_, request| {
            let whole = other.answer(request, CertStatus::good());
            // The serial number once more, one bit of it another.
            let serial = [0x00, 0x81, 0x02, 0x03, 0x04];
            let at = whole.windows(5).position(|five| five == serial);
            let mut whole = whole.clone();
            whole[at.expect("the serial number") + 4] ^= 1;
            found(&whole)
        },
        LONG,
    )
    .await;
    assert_eq!(story.code(StepKind::Revocation), "answer_malformed");
    assert_eq!(said(&story), ("ocsp".into(), None));
}

#[tokio::test]
async fn each_address_is_a_step_of_its_own() {
    let chain = Arc::new(Chain::naming(
        &[format!("http://{OCSP}/1"), format!("http://{OCSP}/2")],
        &[format!("http://{CRL}/1"), format!("http://{CRL}/2")],
    ));
    let (listening, at) = listener(Ipv4Addr::LOCALHOST).await;
    let speaker = Arc::clone(&chain);
    let web = Web::serve(listening, move |request| match request {
        [] => found(&speaker.list(false)),
        request => found(&speaker.answer(request, CertStatus::good())),
    });
    let story = ask(&chain, &[(OCSP, at), (CRL, at)], Vec::new(), LONG).await;
    assert_eq!(story.codes(StepKind::Revocation), ["ok"; 4]);
    assert_eq!(web.came(), 4);
    let urls: Vec<_> = answers(&story)
        .into_iter()
        .map(|answer| answer.url)
        .collect();
    for path in ["/1", "/2"] {
        assert_eq!(urls.iter().filter(|url| url.ends_with(path)).count(), 2);
    }
}

/// A listener that would hear of it, under every way to write its address.
#[tokio::test]
async fn nobody_is_sent_to_this_host_whatever_its_name() {
    let (v4, at4) = listener(Ipv4Addr::LOCALHOST).await;
    let (v6, at6) = listener(Ipv6Addr::LOCALHOST).await;
    let own4 = Web::serve(v4, |_| found(b""));
    let own6 = Web::serve(v6, |_| found(b""));
    let port = at4.port();
    let hosts = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("[::ffff:7f00:1]:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("named.example:{port}"),
        format!("[::1]:{}", at6.port()),
    ];
    for host in &hosts {
        for (ocsp, crl) in [(true, false), (false, true)] {
            let named = [format!("http://{host}/x")];
            let named = |wanted| if wanted { &named[..] } else { &[] };
            let chain = Chain::naming(named(ocsp), named(crl));
            let addresses = vec![
                Ipv4Addr::LOCALHOST.into(),
                Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(),
            ];
            let story = ask(&chain, &[], addresses, LONG).await;
            assert_eq!(story.code(StepKind::Revocation), "policy_refused", "{host}");
        }
    }
    assert_eq!((own4.came(), own6.came()), (0, 0));
    // The listeners can hear: asked as stand-ins, they do.
    let chain = Chain::naming(&[format!("http://{OCSP}/")], &[format!("http://{CRL}/")]);
    ask(&chain, &[(OCSP, at4), (CRL, at6)], Vec::new(), LONG).await;
    assert_eq!((own4.came(), own6.came()), (1, 1));
}

/// Whoever answers may send elsewhere; nobody goes.
#[tokio::test]
async fn no_redirect_is_followed() {
    let (own, own_at) = listener(Ipv4Addr::LOCALHOST).await;
    let own = Web::serve(own, |_| found(b""));
    for code in ["301 Moved", "302 Found", "303 See", "307 Kept", "308 Kept"] {
        let say = move |chain: &Chain| {
            let _ = chain;
            let head = format!(
                "HTTP/1.1 {code}\r\nLocation: http://{own_at}/\r\nContent-Length: 0\r\n\r\n"
            );
            Say::Bytes(head.into_bytes())
        };
        let story = by_list(say, LONG).await;
        assert_eq!(story.code(StepKind::Revocation), "http_status", "{code}");
        let story = by_ocsp(move |chain, _| say(chain), LONG).await;
        assert_eq!(story.code(StepKind::Revocation), "http_status", "{code}");
    }
    assert_eq!(own.came(), 0);
}
