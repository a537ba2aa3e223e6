//! The hosts file, read directly: what it says of a name, whatever the system's order of sources is.

use super::Answer;
use model::FailureCode;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;

/// Bytes of a hosts file that are read at most.
const MOST_BYTES: u64 = 1024 * 1024;

/// Where this system keeps it.
pub(super) fn usual_place() -> Option<PathBuf> {
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot")?;
        Some(PathBuf::from(root).join(r"System32\drivers\etc\hosts"))
    } else {
        Some(PathBuf::from("/etc/hosts"))
    }
}

pub(super) async fn look_up(host: &str, path: &Path) -> Answer {
    match read(path).await {
        Err(error) => Answer::failed(
            FailureCode::NotAvailable,
            format!("the hosts file: {error}"),
        ),
        Ok(text) => {
            let addresses = addresses(&text, host);
            if addresses.is_empty() {
                Answer::failed(FailureCode::NameNotFound, "the hosts file does not name it")
            } else {
                Answer::of_addresses(host, addresses)
            }
        }
    }
}

async fn read(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The addresses of a name in the text of a hosts file, in its order.
fn addresses(text: &str, host: &str) -> Vec<IpAddr> {
    let wanted = host.strip_suffix('.').unwrap_or(host);
    text.lines()
        .filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let address: IpAddr = words.next()?.parse().ok()?;
            words
                .any(|name| {
                    name.strip_suffix('.')
                        .unwrap_or(name)
                        .eq_ignore_ascii_case(wanted)
                })
                .then_some(address)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn names_aliases_comments_and_rubbish() {
        let text = "127.0.0.1 localhost\n\
                    # 10.0.0.9 db.corp\n\
                    10.0.0.1\tdb.corp db # the database\n\
                    ::1 localhost ip6-localhost\n\
                    rubbish db.corp\n\
                    fe80::1%eth0 db.corp\n\
                    \n\
                    10.0.0.2 DB.Corp.\n\
                    10.0.0.3 notdb.corp";
        let found = |host| {
            addresses(text, host)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("db.corp"), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(found("DB.CORP."), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(found("db"), ["10.0.0.1"]);
        assert_eq!(found("localhost"), ["127.0.0.1", "::1"]);
        assert!(found("corp").is_empty());
    }
}
