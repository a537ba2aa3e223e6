//! What each way to lose a replica looks like on its port: the question that people are told to ask a network engineer.
//! Beside each, what this run saw that looks like it.

use super::fold::Replicas;
use crate::words::duration;
use model::FailureCode;
use model::lasting::SessionGap;

/// A way to lose a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortLook {
    /// Stable: `dns_down`, `cable_out`, `firewall_drop`, `firewall_reject`, `process_killed`, `host_renamed`,
    /// `host_rebooted`.
    pub key: &'static str,
    /// What happened.
    pub what: &'static str,
    /// What a connect every second sees of it.
    pub looks: &'static str,
    /// What a session does that is there.
    pub session: &'static str,
}

/// All of them.
pub const PORT_LOOKS: [PortLook; 7] = [
    PortLook {
        key: "dns_down",
        what: "DNS is down",
        looks: "the name is not found or not answered; connects to the address it last had go on",
        session: "stays; a new one cannot be made by name",
    },
    PortLook {
        key: "cable_out",
        what: "a cable is out, or a link is down",
        looks: "on this host: no way, at once; elsewhere: silence, or “unreachable” from a router after some seconds",
        session: "hard where the own adapter says so, soft at the session time-out elsewhere",
    },
    PortLook {
        key: "firewall_drop",
        what: "a firewall drops",
        looks: "silence: no answer and no error",
        session: "soft, at the session time-out",
    },
    PortLook {
        key: "firewall_reject",
        what: "a firewall rejects",
        looks: "refused or unreachable, at once",
        session: "hard, as soon as something is sent",
    },
    PortLook {
        key: "process_killed",
        what: "the server's process is killed or stopped, or its endpoint is",
        looks: "refused at once: the host is there, nothing listens",
        session: "hard at once: the host ends the connection",
    },
    PortLook {
        key: "host_renamed",
        what: "the host is renamed, or moved to another address",
        looks: "the name is not found or leads elsewhere; the old address may go on answering",
        session: "stays until it is made anew",
    },
    PortLook {
        key: "host_rebooted",
        what: "the host reboots",
        looks: "silence or unreachable, then refused, then established",
        session: "hard if it says goodbye, soft otherwise; gone until the server is up",
    },
];

/// What this run saw that looks like it, in words; `None` when it saw nothing of the kind.
#[must_use]
pub fn seen_on_port(look: &PortLook, seen: &Replicas) -> Option<String> {
    match look.key {
        "dns_down" => name_lost(seen),
        "host_renamed" => name_moved(seen),
        "cable_out" => gaps(seen, |gap| said(gap, &[FailureCode::TcpUnreachable])),
        "firewall_drop" => gaps(seen, |gap| gap.failed > 0 && gap.said_us.is_none()),
        "firewall_reject" => gaps(seen, |gap| {
            said(
                gap,
                &[
                    FailureCode::TcpUnreachable,
                    FailureCode::TcpRefused,
                    FailureCode::TcpReset,
                ],
            ) && at_once(gap)
        }),
        "process_killed" => gaps(seen, |gap| {
            said(gap, &[FailureCode::TcpRefused]) && at_once(gap)
        }),
        "host_rebooted" => gaps(seen, |gap| {
            said(gap, &[FailureCode::TcpRefused]) && !at_once(gap) && !gap.open
        }),
        _ => None,
    }
}

/// Somebody said why sooner than this: nobody was silent before.
const AT_ONCE_US: u64 = 3_000_000;

fn at_once(gap: &SessionGap) -> bool {
    gap.said_us
        .is_some_and(|said| said.saturating_sub(gap.from_us) <= AT_ONCE_US)
}

fn said(gap: &SessionGap, codes: &[FailureCode]) -> bool {
    gap.said_us.is_some() && gap.code.as_ref().is_some_and(|code| codes.contains(code))
}

fn gaps(seen: &Replicas, fits: impl Fn(&SessionGap) -> bool) -> Option<String> {
    let all: Vec<&SessionGap> = seen
        .gaps
        .iter()
        .map(|(_, gap)| gap)
        .filter(|gap| fits(gap))
        .collect();
    let first = all.first()?;
    let length = duration(first.until_us.saturating_sub(first.from_us));
    let more = match all.len() {
        1 => String::new(),
        many => format!(", and {} times more", many - 1),
    };
    Some(format!(
        "for {length}{} from {} on{more}",
        if first.open { ", to the end," } else { "" },
        duration(first.from_us)
    ))
}

fn name_lost(seen: &Replicas) -> Option<String> {
    let (_, lost) = seen.names.iter().find(|(_, name)| name.code.is_some())?;
    let code = lost.code.as_ref()?;
    Some(format!(
        "{} from {} on",
        code.as_str().replace('_', " "),
        duration(lost.at_us)
    ))
}

fn name_moved(seen: &Replicas) -> Option<String> {
    let mut before: Option<&Vec<String>> = None;
    for (_, name) in seen.names.iter().filter(|(_, name)| name.code.is_none()) {
        match before {
            Some(addresses) if !name.addresses.iter().any(|one| addresses.contains(one)) => {
                return Some(format!(
                    "the name led elsewhere from {} on",
                    duration(name.at_us)
                ));
            }
            _ => before = Some(&name.addresses),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{PORT_LOOKS, Replicas, seen_on_port};
    use model::FailureCode;
    use model::StepId;
    use model::lasting::{PeerName, ReplicaFact, SessionGap};

    fn gap(code: FailureCode, said_after_s: Option<u64>) -> ReplicaFact {
        ReplicaFact::Gap(SessionGap {
            from_us: 10_000_000,
            until_us: 40_000_000,
            open: false,
            failed: 20,
            code: Some(code),
            said_us: said_after_s.map(|seconds| 10_000_000 + seconds * 1_000_000),
            lag_max_us: 0,
            lag_whole_us: 0,
        })
    }

    fn named(addresses: &[&str], code: Option<FailureCode>) -> ReplicaFact {
        ReplicaFact::Named(PeerName {
            at_us: 5_000_000,
            name: "sql-b".into(),
            addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
            code,
            elapsed_us: 1,
        })
    }

    #[test]
    fn each_way_to_lose_a_replica_is_met_by_what_it_looks_like() {
        let good = || named(&["10.0.0.2"], None);
        let table: [(Vec<ReplicaFact>, &[&str]); 7] = [
            (vec![good()], &[]),
            (
                vec![good(), named(&[], Some(FailureCode::DnsTimeout))],
                &["dns_down"],
            ),
            (vec![good(), named(&["10.0.0.9"], None)], &["host_renamed"]),
            (vec![gap(FailureCode::TcpTimeout, None)], &["firewall_drop"]),
            (
                vec![gap(FailureCode::TcpUnreachable, Some(1))],
                &["cable_out", "firewall_reject"],
            ),
            (
                vec![gap(FailureCode::TcpRefused, Some(1))],
                &["firewall_reject", "process_killed"],
            ),
            (
                vec![gap(FailureCode::TcpRefused, Some(25))],
                &["host_rebooted"],
            ),
        ];
        for (facts, expected) in table {
            let mut seen = Replicas::default();
            for (fact, seq) in facts.iter().zip(1..) {
                seen.apply(StepId(1), seq, fact);
            }
            let met: Vec<&str> = PORT_LOOKS
                .iter()
                .filter(|look| seen_on_port(look, &seen).is_some())
                .map(|look| look.key)
                .collect();
            assert_eq!(met, expected, "{facts:?}");
        }
    }
}
