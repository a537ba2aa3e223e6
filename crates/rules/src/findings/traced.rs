//! `reset_from_between`, `syn_unanswered_on_the_wire`, `segments_sent_again`: what the network trace shows beyond what a
//! program can see.
//!
//! An RST whose hop limit differs from that of the same peer's data came from another distance: another device sent it.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{count, list, one_line};
use model::{
    Confidence, Finding, Observation, Owner, Severity, StepKind, TracedConnection, TracedEnd,
};

pub(crate) const RESET: Rule = Rule::problem(reset);
pub(crate) const UNANSWERED: Rule = Rule::problem(unanswered);
pub(crate) const AGAIN: Rule = Rule::problem(again);

/// Retransmitted segments of one connection that are worth a word.
const MANY: u32 = 3;

fn traced<'a>(case: &Case<'a>) -> Vec<(StepRef<'a>, u64, &'a TracedConnection)> {
    case.of(StepKind::NetworkTrace)
        .flat_map(|step| {
            step.facts().filter_map(move |fact| match &fact.seen {
                Observation::TracedConnection(one) => Some((step, fact.seq, one)),
                _ => None,
            })
        })
        .collect()
}

fn reset(case: &Case<'_>) -> Option<Finding> {
    let all = traced(case);
    let (step, seq, one, rst, data) = all.iter().find_map(|(step, seq, one)| {
        let (rst, data) = (one.rst_ttl?, one.data_ttl?);
        let by_peer = one.ended_by == Some(TracedEnd::PeerRst);
        (by_peer && rst != data).then_some((step, seq, one, rst, data))
    })?;
    Draft::new("reset_from_between", Severity::Warning, Owner::Network)
        .title(format!("The reset of the connection to {} came from a device in between, not from the server.", one_line(&one.endpoint, 60)))
        .because(format!(
            "The server's own segments arrive with hop limit {data}, the reset with {rst}: it was sent from another distance under the server's address."
        ))
        .sure(Confidence::Proven)
        .then("Look for a firewall, proxy or intrusion prevention between this host and the server, and for its log at this time.")
        .then("Give its owner the file of the network trace: the packet stands in it.")
        .link(links::CONNECTION_CLOSED)
        .cite(step.id, [*seq])
        .done(case)
}

fn unanswered(case: &Case<'_>) -> Option<Finding> {
    let all = traced(case);
    let dead: Vec<_> = all
        .iter()
        .filter(|(_, _, one)| {
            one.syns > 0 && !one.answered && one.ended_by != Some(TracedEnd::PeerRst)
        })
        .collect();
    let (_, _, first) = dead.first()?;
    let mut places: Vec<String> = dead
        .iter()
        .map(|(_, _, one)| one_line(&one.endpoint, 60))
        .collect();
    places.sort_unstable();
    places.dedup();
    places.truncate(6);
    let syns: u32 = dead
        .iter()
        .fold(0, |sum, (_, _, one)| sum.saturating_add(one.syns));
    let mut draft = Draft::new("syn_unanswered_on_the_wire", Severity::Info, Owner::Network)
        .title(format!("The packets to {} did leave this host; nothing came back.", list(&places)))
        .because(format!("The trace holds {} without an answer.", count(usize::try_from(syns).unwrap_or(usize::MAX), "SYN", "SYNs")))
        .because(first.icmp.first().map_or_else(String::new, |icmp| format!("An ICMP message came instead: {}.", one_line(icmp, 80))))
        .because("So no software of this host holds them back.")
        .sure(Confidence::Proven)
        .then("Look on the way and at the other end: a rule that drops them, or a route that does not lead back.")
        .link(links::CONNECTIVITY);
    for (step, seq, _) in dead {
        draft = draft.cite(step.id, [*seq]);
    }
    draft.done(case)
}

fn again(case: &Case<'_>) -> Option<Finding> {
    let all = traced(case);
    let (step, seq, one) = all
        .iter()
        .filter(|(_, _, one)| one.answered && one.retransmitted.max(one.peer_retransmitted) >= MANY)
        .max_by_key(|(_, _, one)| one.retransmitted.max(one.peer_retransmitted))?;
    Draft::new("segments_sent_again", Severity::Warning, Owner::Network)
        .title(format!("Packets on the way to {} were lost and sent again.", one_line(&one.endpoint, 60)))
        .because(format!("This host sent {} again, the other end {}.", one.retransmitted, one.peer_retransmitted))
        .because("Loss makes connections slow, and in the end breaks them. When only large packets are lost, a too small MTU on the way (VPN, tunnel) is the usual reason.")
        .sure(Confidence::Likely)
        .then("Ask the network's owner about loss on this way, and compare with another host.")
        .then("If large answers hang and small ones do not, lower the MTU of this host's interface to 1350 for a test.")
        .link(links::CONNECTIVITY)
        .cite(step.id, [*seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{FailureCode::*, Observation, StepKind, TracedConnection, TracedEnd};

    const EP: &str = "20.61.99.193:1433";

    fn log(change: impl FnOnce(&mut TracedConnection)) -> Log {
        let mut one = TracedConnection {
            endpoint: EP.into(),
            local: "10.0.0.9:50000".into(),
            syns: 1,
            answered: true,
            retransmitted: 0,
            peer_retransmitted: 0,
            ended_by: Some(TracedEnd::OurFin),
            rst_ttl: None,
            data_ttl: Some(52),
            icmp: Vec::new(),
        };
        change(&mut one);
        Log::new()
            .tcp(EP, None)
            .prelogin(EP, Some(PreloginReset))
            .running(StepKind::NetworkTrace, EP)
            .seen(Observation::TracedConnection(one))
            .ends(None)
            .finish()
    }

    #[test]
    fn what_only_the_wire_shows() {
        let reset = |ttl| {
            log(|one| {
                one.ended_by = Some(TracedEnd::PeerRst);
                one.rst_ttl = Some(ttl);
            })
        };
        let finding = expect_beside(&reset(63), "reset_from_between");
        assert!(finding.explanation.contains("hop limit 52"));
        expect_no(&reset(52), "reset_from_between");
        let silent = log(|one| {
            one.answered = false;
            one.syns = 5;
            one.ended_by = None;
            one.icmp = vec!["3/13 from 10.0.0.1".into()];
        });
        let finding = expect_beside(&silent, "syn_unanswered_on_the_wire");
        assert!(finding.explanation.contains("5 SYNs") && finding.explanation.contains("3/13"));
        let lost = log(|one| one.peer_retransmitted = 9);
        expect_beside(&lost, "segments_sent_again");
        for code in [
            "reset_from_between",
            "syn_unanswered_on_the_wire",
            "segments_sent_again",
        ] {
            expect_no(&log(|_| ()), code);
        }
    }
}
