//! Agents, enrolments and logins.

use crate::support::{Database, agent, agent_id, at, created, run_id};
use chrono::TimeDelta;

pub(crate) async fn agents_are_known_by_their_tokens_hash(database: &impl Database) {
    let store = database.open().await;
    for one in [agent(2, false), agent(1, false), agent(3, true)] {
        store.put_agent(&one).await.expect("written");
    }
    let listed = store.agents().await.expect("a list");
    assert_eq!(listed, [agent(3, true), agent(1, false), agent(2, false)]);
    let known = store.agent_by_token(&[1; 32]).await.expect("read");
    assert_eq!(known, Some(agent(1, false)));
    assert_eq!(store.agent_by_token(&[9; 32]).await.expect("read"), None);

    store.heard(agent_id(1), at(5), "2").await.expect("written");
    // Admitted anew: another token, the old one is worth nothing.
    let mut anew = agent(1, false);
    anew.token_hash = [4; 32];
    anew.version = "2".into();
    store.put_agent(&anew).await.expect("written");
    assert_eq!(store.agent_by_token(&[1; 32]).await.expect("read"), None);
    anew.last_heartbeat = Some(at(5));
    assert_eq!(
        store.agent_by_token(&[4; 32]).await.expect("read"),
        Some(anew)
    );

    assert!(
        store.put_agent(&agent(5, true)).await.is_err(),
        "one built-in agent"
    );
    store.ready().await.expect("ready");
    store.close().await;
    assert!(store.ready().await.is_err(), "closed");
}

pub(crate) async fn a_forgotten_agent_is_known_no_more_and_its_runs_keep_its_name(
    database: &impl Database,
) {
    let store = database.open().await;
    store.put_agent(&agent(1, false)).await.expect("written");
    created(&*store, 1).await;
    assert!(store.delete_agent(agent_id(1)).await.expect("deleted"));
    assert!(!store.delete_agent(agent_id(1)).await.expect("answered"));
    assert_eq!(store.agent_by_token(&[1; 32]).await.expect("read"), None);
    assert_eq!(store.agents().await.expect("a list"), []);
    let run = store.run(run_id(1)).await.expect("read").expect("there");
    assert_eq!(run.agent_name, "one");
    // Nobody to hear of, and no harm.
    store.heard(agent_id(1), at(5), "2").await.expect("written");
    store.close().await;
}

pub(crate) async fn of_fifty_who_use_an_enrolment_exactly_one_is_admitted(
    database: &impl Database,
) {
    let store = database.open().await;
    let token = [7; 32];
    store
        .put_enrolment(&token, at(900), at(0))
        .await
        .expect("written");
    let tries = (1..=50).map(|number| {
        let store = &store;
        async move { store.enrol(&token, at(1), &agent(number, false)).await }
    });
    let admitted = futures::future::join_all(tries).await;
    let won = admitted
        .into_iter()
        .filter(|one| *one.as_ref().expect("answered"));
    assert_eq!(won.count(), 1);
    assert_eq!(store.agents().await.expect("a list").len(), 1);
    store.close().await;
}

pub(crate) async fn an_enrolment_is_good_until_it_expires_and_survives_a_failure(
    database: &impl Database,
) {
    let store = database.open().await;
    let (short, long) = ([1; 32], [2; 32]);
    store
        .put_enrolment(&short, at(10), at(0))
        .await
        .expect("written");
    let late = store.enrol(&short, at(10), &agent(1, false)).await;
    assert!(!late.expect("answered"), "at that moment it is over");
    store
        .put_enrolment(&long, at(99), at(20))
        .await
        .expect("written");
    let forgotten = store.enrol(&short, at(5), &agent(1, false)).await;
    assert!(!forgotten.expect("answered"), "expired ones are forgotten");
    assert_eq!(store.agents().await.expect("a list"), []);

    // The agent cannot be written, so the enrolment is not used up.
    store.put_agent(&agent(3, false)).await.expect("written");
    let mut same_token = agent(4, false);
    same_token.token_hash = [3; 32];
    assert!(store.enrol(&long, at(21), &same_token).await.is_err());
    assert!(
        store
            .enrol(&long, at(21), &agent(4, false))
            .await
            .expect("answered")
    );
    assert!(
        !store
            .enrol(&long, at(21), &agent(5, false))
            .await
            .expect("answered")
    );
    store.close().await;
}

pub(crate) async fn logins_are_known_by_their_cookies_hash_and_end(database: &impl Database) {
    let store = database.open().await;
    store
        .put_session(&[1; 32], at(10), at(0))
        .await
        .expect("written");
    store
        .put_session(&[2; 32], at(99), at(0))
        .await
        .expect("written");
    store.close().await;
    let store = database.open().await;
    assert_eq!(store.session(&[1; 32]).await.expect("read"), Some(at(10)));
    assert_eq!(store.session(&[9; 32]).await.expect("read"), None);
    assert!(store.delete_session(&[2; 32]).await.expect("deleted"));
    assert!(!store.delete_session(&[2; 32]).await.expect("answered"));
    assert_eq!(store.session(&[2; 32]).await.expect("read"), None);
    let later = at(10) + TimeDelta::seconds(1);
    store
        .put_session(&[3; 32], at(99), later)
        .await
        .expect("written");
    assert_eq!(
        store.session(&[1; 32]).await.expect("read"),
        None,
        "forgotten"
    );
    store.close().await;
}
