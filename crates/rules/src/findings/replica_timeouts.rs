//! `replica_timeouts_contradict`: lease, health-check, cluster and session time-outs that do not go together.
//! `replica_timeout_short`: a session time-out below 10 s, at which a busy host alone can lose a session.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::Replicas;
use crate::words::{capital, duration, list, one_line};
use model::lasting::{ReplicaRow, ReplicaSession};
use model::{Confidence, Finding, Owner, Severity};
use std::collections::BTreeMap;

pub(crate) const CONTRADICT: Rule = Rule::problem(contradict);
pub(crate) const SHORT: Rule = Rule::problem(short);

/// Shorter ones are known to fail under load.
const LEAST_SESSION_S: u32 = 10;

fn asked<'a>(case: &Case<'a>) -> Option<&'a ReplicaSession> {
    case.plan()?.options.lasting.replica_session.as_ref()
}

fn ms(value: u64) -> String {
    duration(value.saturating_mul(1_000))
}

fn contradict(case: &Case<'_>) -> Option<Finding> {
    let asked = asked(case)?;
    let seen = case.state.replica();
    let mut said = Vec::new();
    let mut advice = Vec::new();
    if let (Some(lease), Some(cluster)) = (asked.lease_timeout_ms, asked.cluster_silence_ms)
        && lease >= cluster.saturating_mul(2)
    {
        said.push(format!(
            "the lease ({}) is not below twice what the cluster waits for a node (2 × {})",
            ms(lease),
            ms(cluster)
        ));
        advice.push("Lower the lease time-out, or raise SameSubnetThreshold or SameSubnetDelay: otherwise two nodes can hold the group at once until the lease ends.");
    }
    let health = seen.rows.values().find_map(|(_, row)| row.health_check_ms);
    if let (Some(lease), Some(health)) = (asked.lease_timeout_ms, health)
        && u64::from(health) < lease
    {
        said.push(format!(
            "the health check ({}) gives the server up before the lease ({}) can",
            ms(u64::from(health)),
            ms(lease)
        ));
        advice.push("Raise HEALTH_CHECK_TIMEOUT to the lease time-out or above.");
    }
    for (group, rows) in by_group(seen) {
        let mut timeouts: Vec<u32> = rows
            .iter()
            .filter_map(|row| row.session_timeout_s)
            .collect();
        timeouts.sort_unstable();
        timeouts.dedup();
        if timeouts.len() > 1 {
            let each: Vec<String> = rows
                .iter()
                .filter_map(|row| {
                    Some(format!(
                        "{} s on {}",
                        row.session_timeout_s?,
                        one_line(&row.replica, 128)
                    ))
                })
                .collect();
            said.push(format!(
                "the replicas of {} have different session time-outs ({})",
                one_line(group, 128),
                list(&each)
            ));
            advice.push("Give all replicas of a group the same SESSION_TIMEOUT: otherwise one side calls a session lost that the other still waits for.");
        }
        let longest = timeouts.last().copied().unwrap_or_default();
        let health = rows.iter().find_map(|row| row.health_check_ms);
        if let Some(health) = health
            && u64::from(longest).saturating_mul(1_000) > u64::from(health)
        {
            said.push(format!(
                "in {} commits wait {longest} s for a silent replica, longer than the cluster waits for a silent server ({})",
                one_line(group, 128),
                ms(u64::from(health))
            ));
            advice.push("Keep SESSION_TIMEOUT below HEALTH_CHECK_TIMEOUT.");
        }
    }
    if said.is_empty() {
        return None;
    }
    let mut draft = Draft::new("replica_timeouts_contradict", Severity::Warning, Owner::Dba)
        .title("Time-outs of the availability group contradict each other.")
        .because(format!("{}.", capital(&said.join("; "))))
        .sure(Confidence::Likely)
        .link(links::REPLICA_TIMEOUTS);
    for one in advice {
        draft = draft.then(one);
    }
    cited(draft, seen).done(case)
}

fn short(case: &Case<'_>) -> Option<Finding> {
    let seen = case.state.replica();
    let mut all: Vec<String> = seen
        .rows
        .values()
        .filter_map(|(_, row)| {
            let seconds = row
                .session_timeout_s
                .filter(|seconds| *seconds < LEAST_SESSION_S)?;
            Some(format!("{seconds} s for {}", one_line(&row.replica, 128)))
        })
        .collect();
    if all.is_empty() {
        // What a person entered is a plan, too; a scaled drill is none.
        let entered = asked(case)?.session_timeout_ms?;
        if !(1_000..u64::from(LEAST_SESSION_S) * 1_000).contains(&entered) {
            return None;
        }
        all.push(format!("{} as entered", ms(entered)));
    }
    cited(
        Draft::new("replica_timeout_short", Severity::Warning, Owner::Dba),
        seen,
    )
    .title(format!("A session time-out is below 10 s: {}.", list(&all)))
    .because("Under load a healthy server can miss its pings for some seconds; the session is then lost though nothing is wrong.")
    .then("Set SESSION_TIMEOUT to 10 s or more (ALTER AVAILABILITY GROUP … MODIFY REPLICA … WITH (SESSION_TIMEOUT = 10), on the primary).")
    .sure(Confidence::Likely)
    .link(links::REPLICA_SESSIONS)
    .link(links::REPLICA_TIMEOUTS)
    .done(case)
}

fn cited(draft: Draft, seen: &Replicas) -> Draft {
    match seen.catalog_step {
        Some(step) => draft.cite(step, seen.rows.values().map(|(seq, _)| *seq)),
        None => draft,
    }
}

fn by_group(seen: &Replicas) -> BTreeMap<&str, Vec<&ReplicaRow>> {
    let mut groups: BTreeMap<&str, Vec<&ReplicaRow>> = BTreeMap::new();
    for (_, row) in seen.rows.values() {
        groups.entry(row.group.as_str()).or_default().push(row);
    }
    groups
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::findings::replica_session_lost::tests::{begun_with, minute, replica};
    use crate::testing::{Log, expect_beside, expect_no};
    use model::StepKind;
    use model::lasting::{ReplicaFact, ReplicaRow, ReplicaSession};

    pub(crate) fn row(name: &str, session_s: u32) -> ReplicaRow {
        ReplicaRow {
            group: "ag1".into(),
            replica: name.into(),
            local: name == "SQL-A",
            endpoint_url: Some(format!("TCP://{}:5022", name.to_ascii_lowercase())),
            session_timeout_s: Some(session_s),
            health_check_ms: Some(30_000),
            connected: Some("CONNECTED".into()),
            ..ReplicaRow::default()
        }
    }

    fn with(rows: &[ReplicaRow], lease: Option<u64>, cluster: Option<u64>) -> Log {
        let asked = ReplicaSession {
            lease_timeout_ms: lease,
            cluster_silence_ms: cluster,
            ..ReplicaSession::with("sql-b")
        };
        let mut log = begun_with(asked)
            .seen(minute(60, &[], 0))
            .ends(None)
            .running(StepKind::ReplicaCatalog, "10.0.0.1:1433");
        for row in rows {
            log = log.seen(replica(ReplicaFact::Replica(Box::new(row.clone()))));
        }
        log.ends(None).finish()
    }

    #[test]
    fn time_outs_that_do_not_go_together_are_named() {
        let alike = [row("SQL-A", 10), row("SQL-B", 10)];
        expect_no(&with(&alike, None, None), "replica_timeouts_contradict");
        let differ = [row("SQL-A", 10), row("SQL-B", 20)];
        let finding = expect_beside(&with(&differ, None, None), "replica_timeouts_contradict");
        assert!(
            finding
                .explanation
                .contains("10 s on SQL-A and 20 s on SQL-B"),
            "{finding:?}"
        );
        let long = [row("SQL-A", 40), row("SQL-B", 40)];
        let finding = expect_beside(&with(&long, None, None), "replica_timeouts_contradict");
        assert!(
            finding.explanation.contains("In ag1 commits wait 40 s"),
            "{finding:?}"
        );
        for (lease, cluster, says) in [
            (
                40_000,
                Some(20_000),
                Some("The lease (40 s) is not below twice"),
            ),
            (20_000, Some(20_000), None),
            (
                31_000,
                None,
                Some("The health check (30 s) gives the server up"),
            ),
        ] {
            let log = with(&alike, Some(lease), cluster);
            match says {
                Some(says) => {
                    let finding = expect_beside(&log, "replica_timeouts_contradict");
                    assert!(finding.explanation.contains(says), "{finding:?}");
                }
                None => expect_no(&log, "replica_timeouts_contradict"),
            }
        }
    }

    #[test]
    fn a_session_below_10_s_is_a_risk() {
        let finding = expect_beside(
            &with(&[row("SQL-A", 5)], None, None),
            "replica_timeout_short",
        );
        assert!(finding.title.contains("5 s for SQL-A"), "{finding:?}");
        expect_no(
            &with(&[row("SQL-A", 10)], None, None),
            "replica_timeout_short",
        );
    }
}
