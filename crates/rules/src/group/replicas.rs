//! Sessions between availability replicas, looked at from both sides at once. `replica_one_direction`: one side connects
//! and the other does not. `replica_both_directions`: neither does, or both were lost. `replica_directions_held`: both
//! went well. Beside them `replica_name_differs`: a name that leads elsewhere on each side, and `replica_builds_differ`.
//!
//! Likely at most where something is wrong: each direction is another way, so one is no contrast that proves the other.

use super::Vantage;
use super::contrast::overlap;
use super::draft::Draft;
use super::side::Sides;
use crate::State;
use crate::beats::STARVED_US;
use crate::case::Case;
use crate::links;
use crate::replica::trips;
use crate::words::{count, duration, list, one_line};
use model::api::GroupFinding;
use model::{Confidence, DnsSource, Observation, Owner, RunId, Severity, StepKind};
use std::collections::{BTreeMap, BTreeSet};

/// Connects that say something.
const LEAST: u64 = 2;

/// How one direction went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Went {
    Held,
    Lost,
    Never,
}

struct Direction<'a> {
    run: RunId,
    /// `“agent” (host) to peer`.
    told: String,
    state: &'a State,
    went: Went,
}

impl Direction<'_> {
    fn of<'a>(vantage: &Vantage<'a>) -> Option<Direction<'a>> {
        let state = vantage.state;
        let plan = state.plan()?;
        let asked = plan.options.lasting.replica_session.as_ref()?;
        let seen = state.replica();
        if seen.tried() < LEAST {
            return None;
        }
        let went = if seen.established == 0 {
            Went::Never
        } else if trips(&seen.all_gaps(), seen.timeout_us()?).is_empty() {
            Went::Held
        } else {
            Went::Lost
        };
        let agent = one_line(state.agent_name().unwrap_or("an agent").trim(), 64);
        let told = format!(
            "“{agent}” ({}) to {}:{}",
            one_line(&plan.target.host, 253),
            one_line(&asked.peer, 253),
            asked.port
        );
        Some(Direction {
            run: vantage.run,
            told,
            state,
            went,
        })
    }

    /// In a sentence.
    fn says(&self) -> String {
        let seen = self.state.replica();
        let tried = count(seen.tried() as usize, "connect", "connects");
        let longest = seen.gaps.iter().map(|(_, gap)| gap);
        let longest = longest.max_by_key(|gap| gap.until_us.saturating_sub(gap.from_us));
        let more = match (self.went, longest) {
            (Went::Held, _) | (_, None) => String::new(),
            (_, Some(gap)) => format!(
                ", nothing for {} ({})",
                duration(gap.until_us.saturating_sub(gap.from_us)),
                gap.code.as_ref().map_or_else(
                    || "no error".to_owned(),
                    |code| code.as_str().replace('_', " ")
                )
            ),
        };
        format!(
            "{}: {} of {tried} established{more}.",
            self.told, seen.established
        )
    }

    fn seqs(&self) -> Vec<u64> {
        let seen = self.state.replica();
        let gaps = seen.gaps.iter().map(|(seq, _)| *seq);
        gaps.chain(seen.minutes.iter().copied()).collect()
    }

    fn starved(&self) -> bool {
        let lag = self.state.replica().lag;
        lag.is_some_and(|(us, _)| us >= STARVED_US)
    }

    /// Whether it certainly was lost when the other was.
    fn lost_with(&self, other: &Self) -> bool {
        let spans = |one: &Self| -> Vec<(u64, u64)> {
            let gaps = one.state.replica().gaps.iter();
            gaps.map(|(_, gap)| (gap.from_us, gap.until_us)).collect()
        };
        let others = spans(other);
        spans(self).into_iter().any(|(from, until)| {
            let own = (self.state, from, until);
            others
                .iter()
                .any(|(from, until)| overlap(own, (other.state, *from, *until)))
        })
    }
}

/// Whether these runs look at replicas from several sides.
pub(super) fn are_meant(vantages: &[Vantage<'_>]) -> bool {
    let asks = |vantage: &&Vantage<'_>| {
        let plan = vantage.state.plan();
        plan.is_some_and(|plan| plan.options.lasting.replica_session.is_some())
    };
    vantages.iter().filter(asks).count() > 1
}

pub(super) fn judge(cases: &[(Vantage<'_>, Case<'_>)], sides: &Sides<'_>) -> Vec<GroupFinding> {
    let all: Vec<Direction<'_>> = cases
        .iter()
        .filter_map(|(vantage, _)| Direction::of(vantage))
        .collect();
    let found = [
        directions(&all, sides),
        name_differs(cases, sides),
        builds_differ(cases, sides),
    ];
    found.into_iter().flatten().collect()
}

fn directions(all: &[Direction<'_>], sides: &Sides<'_>) -> Option<GroupFinding> {
    if all.len() < 2 {
        return None;
    }
    let (held, lost): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.went == Went::Held);
    let told =
        |of: &[&Direction<'_>]| list(&of.iter().map(|one| one.told.clone()).collect::<Vec<_>>());
    let draft = match (held.is_empty(), lost.is_empty()) {
        (_, true) => Draft::new("replica_directions_held", Severity::Ok, Owner::Nobody)
            .title(format!("Every direction went well: {}.", told(&held)))
            .then("Nothing to do here. What drops once a day needs connects that last longer.")
            .sure(Confidence::Proven),
        (false, false) => Draft::new("replica_one_direction", Severity::Problem, Owner::Network)
            .title(format!(
                "{} does not go, while {} does: the two directions differ.",
                told(&lost),
                told(&held)
            ))
            .because("Each direction has firewall rules, routes and address translation of its own; a session needs one of them, and which server opens it is not for you to choose.")
            .then("Compare the rules of both directions on both hosts' own firewalls and on every firewall and security group between: TCP to the endpoint's port, from the other replica's address.")
            .then("Check on the side that is connected to that its endpoint listens on the address that was used, and on this port."),
        (true, false) => {
            let starved = lost.iter().find(|one| one.starved());
            let together = lost.windows(2).all(|pair| match pair {
                [one, other] => one.lost_with(other),
                _ => true,
            });
            let never = lost.iter().all(|one| one.went == Went::Never);
            let owner = match starved {
                Some(_) => Owner::ThisHost,
                None => Owner::Network,
            };
            Draft::new("replica_both_directions", Severity::Problem, owner)
                .title(match never {
                    true => format!("No direction goes: {}.", told(&lost)),
                    false => format!("Every direction was lost: {}.", told(&lost)),
                })
                .because(match (never, together) {
                    (true, _) => "Where neither goes, look for what both have in common: a link between the sites, a firewall in its middle, a port that nobody opened yet.",
                    (false, true) => "They were lost at the same time, by the portal's clock: what both have in common, the link between the hosts or one of the hosts.",
                    (false, false) => "They were not certainly lost at the same time.",
                })
                .because(starved.map_or_else(String::new, |one| {
                    format!("The host of {} did not run its agent for part of that time.", one.told)
                }))
                .then(match starved {
                    Some(_) => "Look at that host first: CPU, memory, a pause of its virtual machine.",
                    None => "Ask whoever keeps the network between the two hosts what happened at that time.",
                })
        }
    };
    let draft = all.iter().fold(draft, |draft, one| {
        draft.because(one.says()).cite(one.run, one.seqs())
    });
    draft.link(links::REPLICA_SESSIONS).done(sides)
}

type Answers = BTreeMap<RunId, (BTreeSet<String>, u64)>;

/// What each name led to, by run.
fn names(cases: &[(Vantage<'_>, Case<'_>)]) -> BTreeMap<String, Answers> {
    let mut all: BTreeMap<String, Answers> = BTreeMap::new();
    let mut put = |name: &str, run: RunId, addresses: &[String], seq: u64| {
        if addresses.is_empty() || addresses.iter().any(|one| one == name) {
            return;
        }
        let answers = all.entry(name.to_ascii_lowercase()).or_default();
        let (known, _) = answers.entry(run).or_insert_with(|| (BTreeSet::new(), seq));
        known.extend(addresses.iter().cloned());
    };
    for (vantage, case) in cases {
        for step in case.of(StepKind::DnsLookup) {
            for fact in step.facts() {
                if let Observation::DnsAnswer {
                    source: DnsSource::System,
                    name,
                    addresses,
                    ..
                } = &fact.seen
                {
                    put(name, vantage.run, addresses, fact.seq);
                }
            }
        }
        for (seq, named) in &case.state.replica().names {
            put(&named.name, vantage.run, &named.addresses, *seq);
        }
    }
    all
}

fn name_differs(cases: &[(Vantage<'_>, Case<'_>)], sides: &Sides<'_>) -> Option<GroupFinding> {
    let agent = |run: RunId| {
        let of_run = cases.iter().find(|(vantage, _)| vantage.run == run);
        let name = of_run.and_then(|(vantage, _)| vantage.state.agent_name());
        format!("“{}”", one_line(name.unwrap_or("an agent").trim(), 64))
    };
    let all = names(cases);
    let (name, answers) = all.iter().find(|(_, answers)| {
        let sets: Vec<&BTreeSet<String>> = answers.values().map(|(set, _)| set).collect();
        sets.windows(2).any(|pair| match pair {
            [one, other] => one.is_disjoint(other),
            _ => false,
        })
    })?;
    let each: Vec<String> = answers
        .iter()
        .map(|(run, (set, _))| {
            let addresses: Vec<String> = set.iter().take(8).cloned().collect();
            format!("{} for {}", list(&addresses), agent(*run))
        })
        .collect();
    let mut draft = Draft::new("replica_name_differs", Severity::Warning, Owner::Network)
        .title(format!(
            "{} leads to different addresses: {}.",
            one_line(name, 253),
            list(&each)
        ))
        .because("A host that finds itself by a loopback or a management address is no mistake; a replica that the other side looks for at the wrong adapter is.")
        .then("Make the name lead to the address that the endpoint listens on, for both sides: DNS, hosts files and search lists.")
        .then("Or name the address itself in the replica's ENDPOINT_URL.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250);
    for (run, (_, seq)) in answers {
        draft = draft.cite(*run, [*seq]);
    }
    draft.done(sides)
}

fn builds_differ(cases: &[(Vantage<'_>, Case<'_>)], sides: &Sides<'_>) -> Option<GroupFinding> {
    let told: Vec<(RunId, u64, &str, &str)> = cases
        .iter()
        .filter_map(|(vantage, _)| {
            let (seq, server) = vantage.state.replica().server.as_ref()?;
            let name = server.name.as_deref().unwrap_or("a server");
            Some((vantage.run, *seq, name, server.version.as_deref()?))
        })
        .collect();
    let builds: BTreeSet<&str> = told.iter().map(|(_, _, _, build)| *build).collect();
    if builds.len() < 2 {
        return None;
    }
    let each: Vec<String> = told
        .iter()
        .map(|(_, _, name, build)| format!("{} has {}", one_line(name, 128), one_line(build, 40)))
        .collect();
    let mut draft = Draft::new("replica_builds_differ", Severity::Info, Owner::Dba)
        .title(format!("The servers have different builds: {}.", list(&each)))
        .because("During a rolling upgrade that is as it should be, for a while; otherwise a fix for sessions may be on one side only.")
        .then("Bring both to the same build.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250);
    for (run, seq, _, _) in told {
        draft = draft.cite(run, [seq]);
    }
    draft.done(sides)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Group, codes};
    use crate::findings::replica_session_lost::tests::{gap, minute, replica};
    use crate::testing::Log;
    use model::lasting::{
        PeerName, ReplicaFact, ReplicaServer, ReplicaSession, ReplicaWatch, SessionGap, TimeoutFrom,
    };
    use model::{FailureCode, Severity, StepKind};

    /// A run from one side, whose own server is named so.
    fn side(own: &str, peer: &str, address: &str, gap: Option<SessionGap>, build: &str) -> Log {
        let mut log = Log::to(own)
            .options(|options| {
                options.lasting.replica_session = Some(ReplicaSession::with(peer));
            })
            .secured("10.0.0.1:1433")
            .running(StepKind::ReplicaSession, "10.0.0.2:5022")
            .seen(replica(ReplicaFact::Watch(ReplicaWatch {
                at_us: 0,
                every_ms: 1_000,
                timeout_ms: 10_000,
                timeout_from: TimeoutFrom::Usual,
            })))
            .seen(replica(ReplicaFact::Named(PeerName {
                at_us: 0,
                name: "sql-x".into(),
                addresses: vec![address.into()],
                code: None,
                elapsed_us: 1,
            })))
            .seen(minute(50, &[], 0));
        if let Some(gap) = gap {
            log = log.seen(replica(ReplicaFact::Gap(gap)));
        }
        log.seen(replica(ReplicaFact::Server(ReplicaServer {
            name: Some(own.into()),
            version: Some(build.into()),
            ..ReplicaServer::default()
        })))
        .taking(60_000)
        .ends(None)
        .finish()
    }

    fn silent() -> Option<SessionGap> {
        Some(gap(30, Some(FailureCode::TcpTimeout)))
    }

    #[test]
    fn both_directions_are_told_apart() {
        for (there, back, code) in [
            (None, None, "replica_directions_held"),
            (silent(), None, "replica_one_direction"),
            (silent(), silent(), "replica_both_directions"),
        ] {
            let found = Group::default()
                .and("a", side("sql-a", "sql-b", "10.0.0.9", there, "16.0"))
                .and("b", side("sql-b", "sql-a", "10.0.0.9", back, "16.0"))
                .judge();
            assert_eq!(codes(&found), [code]);
            if code == "replica_one_direction" {
                assert!(
                    found[0]
                        .title
                        .starts_with("“a” (sql-a) to sql-b:5022 does not go"),
                    "{found:?}"
                );
            }
        }
    }

    #[test]
    fn a_name_and_a_build_that_differ_stand_beside() {
        let found = Group::default()
            .and("a", side("sql-a", "sql-b", "10.0.0.9", None, "16.0.4135.4"))
            .and("b", side("sql-b", "sql-a", "10.9.9.9", None, "16.0.4100.1"))
            .judge();
        assert_eq!(
            codes(&found),
            [
                "replica_directions_held",
                "replica_name_differs",
                "replica_builds_differ"
            ]
        );
        assert_eq!(found[1].severity, Severity::Warning);
        assert!(found[1].title.contains("10.0.0.9 for “a”"), "{found:?}");
    }
}
