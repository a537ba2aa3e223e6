//! The operating system's own answer, as applications get it.

use super::{Answer, SystemLookup};
use model::FailureCode;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

/// getaddrinfo, which blocks.
pub(super) fn getaddrinfo(host: &str) -> io::Result<Vec<IpAddr>> {
    Ok((host, 0)
        .to_socket_addrs()?
        .map(|endpoint| endpoint.ip())
        .collect())
}

/// Asks on a thread of its own. A look-up that outlives its time-out is left to end by itself.
pub(super) async fn look_up(host: &str, system: &SystemLookup, timeout: Duration) -> Answer {
    let (name, system) = (host.to_owned(), Arc::clone(system));
    let asked = tokio::task::spawn_blocking(move || system(&name));
    match tokio::time::timeout(timeout, asked).await {
        Err(_) => Answer::failed(FailureCode::DnsTimeout, "the system did not answer in time"),
        Ok(Err(_)) => Answer::failed(
            FailureCode::Internal,
            "the look-up did not end as it should",
        ),
        Ok(Ok(Err(error))) => Answer::failed(code(&error), error),
        Ok(Ok(Ok(addresses))) if addresses.is_empty() => {
            Answer::failed(FailureCode::NameNoAddress, "the name has no address")
        }
        Ok(Ok(Ok(addresses))) => Answer::of_addresses(host, addresses),
    }
}

/// The standard library keeps getaddrinfo's reason only as text (Unix) or number (Windows).
fn code(error: &io::Error) -> FailureCode {
    match error.raw_os_error() {
        Some(11_001) => return FailureCode::NameNotFound,
        Some(11_002 | 11_003) => return FailureCode::DnsServerFailure,
        Some(11_004) => return FailureCode::NameNoAddress,
        _ => {}
    }
    let text = error.to_string().to_ascii_lowercase();
    let told = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if told(&[
        "name or service not known",
        "does not resolve",
        "nodename nor servname",
    ]) {
        FailureCode::NameNotFound
    } else if told(&[
        "no address associated",
        "name has no usable address",
        "no data",
    ]) {
        FailureCode::NameNoAddress
    } else if told(&["temporary failure", "try again"]) {
        FailureCode::DnsServerFailure
    } else if error.kind() == io::ErrorKind::TimedOut {
        FailureCode::DnsTimeout
    } else {
        FailureCode::DnsError
    }
}

#[cfg(test)]
mod tests {
    use super::{code, look_up};
    use model::FailureCode;
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn the_reasons_that_systems_give_are_told_apart() {
        let prefix = "failed to lookup address information: ";
        let table = [
            ("Name or service not known", FailureCode::NameNotFound),
            ("Name does not resolve", FailureCode::NameNotFound),
            (
                "nodename nor servname provided, or not known",
                FailureCode::NameNotFound,
            ),
            (
                "No address associated with hostname",
                FailureCode::NameNoAddress,
            ),
            (
                "Temporary failure in name resolution",
                FailureCode::DnsServerFailure,
            ),
            ("Try again", FailureCode::DnsServerFailure),
            ("Servname not supported", FailureCode::DnsError),
        ];
        for (text, expected) in table {
            assert_eq!(
                code(&io::Error::other(format!("{prefix}{text}"))),
                expected,
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn a_look_up_that_panics_or_hangs_is_contained() {
        let panics: super::SystemLookup = Arc::new(|_| panic!("a look-up went wrong"));
        let answer = look_up("x", &panics, Duration::from_secs(5)).await;
        assert_eq!(answer.code, Some(FailureCode::Internal));

        let (release, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let hangs: super::SystemLookup = Arc::new(move |_| {
            // Ends with an error as soon as the sender is dropped.
            let _ = wait.lock().expect("not poisoned").recv();
            Ok(Vec::new())
        });
        let answer = look_up("x", &hangs, Duration::from_millis(20)).await;
        assert_eq!(answer.code, Some(FailureCode::DnsTimeout));
        drop(release);
    }
}
