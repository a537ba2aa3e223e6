//! What the jobs' words and the instance's views say. All of it is a peer's: bounded, and believed only where it fits.

use super::server::text;
use crate::failure::Failure;
use crate::record::bounded;
use model::FailureCode;
use model::lasting::{InstanceAddresses, is_host};
use std::net::IpAddr;
use tds::rows::Value;

/// Characters of a job's words that are kept.
const WORDS: usize = 1_000;

/// What a step of the SQL Server's job says: whether it connected, and to which address.
pub(super) fn connected(words: &str) -> (Option<bool>, Option<String>) {
    let value = |name: &str| {
        let after = words.split(name).nth(1)?.trim_start();
        after.strip_prefix(':')?.split_whitespace().next()
    };
    let reached = value("TcpTestSucceeded").and_then(truth);
    let address = value("RemoteAddress").and_then(|word| word.parse::<IpAddr>().ok());
    (reached, address.map(|address| address.to_string()))
}

/// What the instance's job wrote: the last of its words that is one.
pub(super) fn last_truth(log: &str) -> Option<bool> {
    log.split_whitespace().rev().find_map(truth)
}

fn truth(word: &str) -> Option<bool> {
    match word.trim_end_matches('.') {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

/// Words that are kept.
pub(super) fn kept(words: &str) -> Option<String> {
    let words = bounded(words.trim(), WORDS);
    (!words.is_empty()).then_some(words)
}

/// The instance's own view of where it is: parameters (section, name, value) and nodes (service, node, address).
pub(super) fn addresses(
    parameters: &[Vec<Value>],
    nodes: &[Vec<Value>],
) -> Result<InstanceAddresses, Failure> {
    let odd = |why: &str| Failure::new(FailureCode::OddAnswer, why);
    let parameter = |name: &str| {
        let named = parameters
            .iter()
            .filter(|row| text(row.get(1)).as_deref() == Some(name));
        // The instance's own section comes before others.
        named
            .max_by_key(|row| text(row.first()).as_deref() == Some("SQL"))
            .and_then(|row| text(row.get(2)))
    };
    let dns_name = parameter("DnsRecordName").filter(|name| is_host(name));
    let dns_name = dns_name.ok_or_else(|| odd("the instance does not tell its name in DNS"))?;
    let port = parameter("HadrPort").and_then(|port| port.trim().parse().ok());
    let hadr_port = port.filter(|port| *port != 0);
    let hadr_port = hadr_port.ok_or_else(|| odd("the instance does not tell its HADR port"))?;
    let own = parameter("InstanceName");
    let is_own = |row: &&Vec<Value>| {
        let service = text(row.first()).unwrap_or_default();
        let last = service.rsplit('/').next().unwrap_or_default();
        own.as_deref()
            .is_some_and(|own| own.trim_matches('/').eq_ignore_ascii_case(last))
    };
    let row = match nodes {
        [only] => Some(only),
        many => many.iter().find(is_own),
    };
    let row = row.ok_or_else(|| odd("the instance does not tell the node of its primary"))?;
    let address = text(row.get(2)).unwrap_or_default();
    let node = match address.split_once('\\') {
        Some((node, _)) if !node.is_empty() => node.to_owned(),
        _ => text(row.get(1)).unwrap_or_default(),
    };
    let node = match parameter("ClusterName") {
        Some(cluster) if !cluster.is_empty() => format!("{node}.{cluster}"),
        _ => node,
    };
    if !is_host(&node) {
        return Err(odd("the node that the instance tells is no host name"));
    }
    Ok(InstanceAddresses {
        dns_name,
        node,
        hadr_port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<Value> {
        let texts = cells.iter().map(|cell| Value::Text((*cell).to_owned()));
        texts.collect()
    }

    fn parameters(name: &str, port: &str) -> Vec<Vec<Value>> {
        vec![
            row(&["SQL", "DnsRecordName", name]),
            row(&["SQL", "HadrPort", port]),
            row(&["SQL", "ClusterName", "tr12.worker.example.net"]),
            row(&["Other", "InstanceName", "elsewhere"]),
            row(&["SQL", "InstanceName", "e4f1"]),
        ]
    }

    #[test]
    fn the_words_of_a_job_are_read_however_they_are_wrapped() {
        for (words, said) in [
            (
                "Executed as user: x. RemoteAddress : 10.1.0.7  RemotePort : 5022  TcpTestSucceeded : True  The step \
                 succeeded.",
                (Some(true), Some("10.1.0.7")),
            ),
            (
                "RemoteAddress    :\r\nRemotePort       : 5022\r\nTcpTestSucceeded : False.",
                (Some(false), None),
            ),
            (
                "RemoteAddress : fd00::1\nTcpTestSucceeded :",
                (None, Some("fd00::1")),
            ),
            ("TcpTestSucceeded : Maybe", (None, None)),
            ("TcpTestSucceeded", (None, None)),
            ("", (None, None)),
        ] {
            let (reached, address) = connected(words);
            assert_eq!((reached, address.as_deref()), said, "{words}");
        }
        assert_eq!(
            last_truth("Job 'True' : Step 1\r\n\r\nFalse\r\n"),
            Some(false)
        );
        assert_eq!(last_truth("nothing of the kind"), None);
        assert_eq!(kept(" \n"), None);
        assert_eq!(kept(&"x".repeat(2_000)).map(|text| text.len()), Some(WORDS));
    }

    #[test]
    fn the_instance_s_node_is_that_of_its_own_service() {
        let nodes = [
            row(&["fabric:/Worker.ISO/aaaa", "DB1", "DB1\\MSSQL"]),
            row(&["fabric:/Worker.ManagedServer/E4F1", "DB7", "DB7X\\MSSQL"]),
        ];
        let seen = addresses(&parameters("mi.example.net", "11002"), &nodes).expect("addresses");
        assert_eq!(seen.node, "DB7X.tr12.worker.example.net");
        assert_eq!(
            (seen.dns_name.as_str(), seen.hadr_port),
            ("mi.example.net", 11_002)
        );
        let alone = [row(&["fabric:/Worker.ManagedServer/other", "DB3", ""])];
        let seen = addresses(&parameters("mi.example.net", "11002"), &alone).expect("addresses");
        assert_eq!(seen.node, "DB3.tr12.worker.example.net");
    }

    #[test]
    fn what_a_hostile_instance_says_is_not_believed() {
        let node = [row(&["fabric:/x/e4f1", "DB1", "DB1\\MSSQL"])];
        for (parameters, nodes) in [
            (parameters("mi'; SHUTDOWN;--", "11002"), &node[..]),
            (parameters("mi", "0"), &node),
            (parameters("mi", "70000"), &node),
            (parameters("mi", "x"), &node),
            (parameters("mi", "1"), &[]),
            (parameters("mi", "1"), &[row(&["s", "$(x)", ""])]),
            (Vec::new(), &node),
        ] {
            let refused = addresses(&parameters, nodes).expect_err("odd");
            assert_eq!(refused.code, FailureCode::OddAnswer);
        }
    }
}
