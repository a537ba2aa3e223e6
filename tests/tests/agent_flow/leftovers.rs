//! What a run could not take away again: tried for until a day is over, then told of, and the secret is gone.

use crate::bench::{Agent, config, context, identity, lab, plan, timing};
use crate::portal::Portal;
use crate::secrets::{seal, soon};
use agent::{Clock, Timing};
use chrono::{TimeDelta, Utc};
use lab::Scenario;
use model::lasting::{CutMoment, Lasting, TrackedWrites};
use std::path::Path;
use std::time::Duration;
use tests::folder;
use tests::relay::Relay;

/// The journal's files.
fn journal(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir.join("journal")) else {
        return Vec::new();
    };
    let texts = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "json"))
        .map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default());
    texts.collect()
}

#[tokio::test]
async fn after_a_day_of_trying_what_is_left_is_told_and_the_secret_is_dropped() {
    let lab = lab(Scenario::Writable).await;
    let port = lab.port(Scenario::Writable).expect("a port");
    let relay = Relay::to(([127, 0, 0, 1], port).into()).await;
    let dir = folder();
    let identity = identity(dir.path());
    let (portal, address) = Portal::start().await;
    let context = context(Some(&lab), &[relay.address]);
    let config = |ahead: TimeDelta| agent::Config {
        clock: Clock::new(move || Utc::now() + ahead),
        timing: Timing {
            clean_again: Duration::from_millis(20),
            ..timing()
        },
        ..config(address, dir.path(), context.clone())
    };

    let agent = Agent::start_with(config(TimeDelta::zero()));
    let mut run = plan("localhost", relay.address.port(), true);
    run.options.lasting = Lasting {
        tracked_writes: Some(TrackedWrites {
            schema: "scratch".to_owned(),
            operations: 1_000,
            moments: CutMoment::all(),
            dry_run: false,
            blind: true,
        }),
        ..Lasting::default()
    };
    let sealed = seal(&identity, &run, lab::PASSWORD, soon());
    let lease = portal.queue(run, Some(sealed.clone()));
    // The server is gone when something stands on it, and the run ends without having taken it away.
    tests::eventually("something is made", Duration::from_secs(20), async || {
        (lab.counter(Scenario::Writable).requests >= 40).then_some(())
    })
    .await;
    relay.cut();
    portal.cancel(lease);
    portal.complete(lease).await;
    agent.stop().await;
    let left = journal(dir.path());
    assert!(left.len() == 1 && left[0].contains(&sealed), "{left:?}");

    // A moment before the day is over it is still tried for.
    let agent = Agent::start_with(config(TimeDelta::days(1) - TimeDelta::minutes(5)));
    let refused = relay.refused();
    tests::eventually("two more tries", Duration::from_secs(20), async || {
        (relay.refused() >= refused + 2).then_some(())
    })
    .await;
    agent.stop().await;
    assert_eq!(portal.cleanings().len(), 0);
    assert_eq!(journal(dir.path()).len(), 1);

    let agent = Agent::start_with(config(TimeDelta::days(1) + TimeDelta::minutes(5)));
    let report = tests::eventually("it is told", Duration::from_secs(20), async || {
        portal.cleanings().pop()
    })
    .await;
    assert!(report.given_up && report.lease == lease, "{report:?}");
    tests::eventually("its file is gone", Duration::from_secs(20), async || {
        journal(dir.path()).is_empty().then_some(())
    })
    .await;
    agent.stop().await;
    let sealed_form = tests::canary::Needle {
        form: "sealed".to_owned(),
        bytes: sealed.into_bytes(),
    };
    tests::canary::assert_absent_below(dir.path(), &[sealed_form]);
}
