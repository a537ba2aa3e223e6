//! Who is let in: from a scenario's rule and a LOGIN7 to an answer.

use crate::memory::Memory;
use crate::schedule::{self, Turn};
use crate::script::Login;
use crate::{PASSWORD, TOKEN_SIGNATURE, USER, reply};
use tds::fedauth;
use tds::login7::{FeatureId, Received};
use tds::token::Body;

/// What a login is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// This, and the conversation goes on.
    In(Vec<Body>),
    /// This, and the lab closes.
    Out(Vec<Body>),
    /// This, and a token is to come.
    WantsToken(Vec<Body>),
    /// Nothing but a FIN.
    Fin,
    /// Nothing but an RST.
    Reset,
}

/// What this login is answered. `route` is where the scenario's other port is reached.
pub(crate) fn judge(
    rule: Login,
    login: &Received,
    memory: &Memory,
    route: Option<(&str, u16)>,
) -> Answer {
    let known = login.user_name == USER && login.password.0 == PASSWORD;
    let rejected = || Answer::Out(reply::rejected(login));
    match rule {
        Login::Close => Answer::Fin,
        Login::Reject => rejected(),
        Login::EchoSecret => Answer::Out(reply::secret_echoed(login)),
        Login::FirewallBlocked => Answer::Out(reply::firewall_blocked(login)),
        Login::Unavailable { times } if memory.attempt(&login.app_name) < times => {
            Answer::Out(reply::unavailable(login))
        }
        Login::Route => route.map_or(Answer::Fin, |(host, port)| {
            Answer::Out(reply::routed(login, host, port))
        }),
        Login::Federated(sts) => match asked(login) {
            Some(fedauth::Request::SecurityToken { token, .. }) => presented(login, &token),
            Some(_) => Answer::WantsToken(reply::wants_token(sts)),
            None if known => Answer::In(reply::accepted(login)),
            None => rejected(),
        },
        #[cfg(feature = "integrated")]
        Login::Ticket => Answer::Out(reply::untrusted_domain()),
        _ if !known => rejected(),
        Login::Unsteady => unsteady(login, memory),
        Login::DatabaseMissing if opens_master(login, memory) => Answer::In(reply::accepted(login)),
        Login::DatabaseMissing => Answer::Out(reply::database_missing(login)),
        Login::Credentials | Login::Unavailable { .. } => Answer::In(reply::accepted(login)),
    }
}

/// By the count of this client's logins.
fn unsteady(login: &Received, memory: &Memory) -> Answer {
    match schedule::turn(memory.attempt(&login.app_name)) {
        Turn::In => Answer::In(reply::accepted(login)),
        Turn::Unavailable => Answer::Out(reply::unavailable(login)),
        Turn::Busy => Answer::Out(reply::busy()),
        Turn::Limited => Answer::Out(reply::limited()),
        Turn::Reset => Answer::Reset,
    }
}

/// What a token that came is answered.
pub(crate) fn presented(login: &Received, token: &str) -> Answer {
    match token.rsplit('.').next() {
        Some(TOKEN_SIGNATURE) => Answer::In(reply::accepted_by_token(login)),
        _ => Answer::Out(reply::token_rejected()),
    }
}

/// How the client wants to bring a token, if it does.
fn asked(login: &Received) -> Option<fedauth::Request> {
    let feature = login
        .features
        .iter()
        .find(|feature| feature.id == FeatureId::FED_AUTH)?;
    fedauth::Request::decode(&feature.data).ok()
}

/// `master` opens for whoever was refused another database before, so that it can be looked for; for others it is
/// the one that is missing.
fn opens_master(login: &Received, memory: &Memory) -> bool {
    if reply::database(login).eq_ignore_ascii_case("master") {
        memory.attempts(&login.app_name) > 0
    } else {
        memory.attempt(&login.app_name);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user_name: &str, password: &str) -> Received {
        let sent = tds::login7::Login {
            user_name,
            password,
            app_name: "a run",
            ..tds::login7::Login::default()
        };
        let mut payload = Vec::new();
        tds::login7::encode(&sent, &mut payload).unwrap();
        tds::login7::decode(&payload).unwrap()
    }

    fn number(answer: &Answer) -> Option<(i32, u8)> {
        let Answer::Out(tokens) = answer else {
            return None;
        };
        tokens.iter().find_map(|token| match token {
            Body::Error(error) => Some((error.number, error.state)),
            _ => None,
        })
    }

    #[test]
    fn each_rule_answers_as_its_scenario_says() {
        let (right, wrong) = (login(USER, PASSWORD), login(USER, "no"));
        let table = [
            (Login::Credentials, None, Some((18456, 8))),
            (Login::Reject, Some((18456, 8)), Some((18456, 8))),
            (Login::EchoSecret, Some((18456, 8)), Some((18456, 8))),
            (Login::FirewallBlocked, Some((40615, 1)), Some((40615, 1))),
            (Login::DatabaseMissing, Some((4060, 1)), Some((18456, 8))),
            (
                Login::Unavailable { times: 1 },
                Some((40613, 1)),
                Some((40613, 1)),
            ),
            (Login::Unavailable { times: 0 }, None, Some((18456, 8))),
        ];
        for (rule, with_right, with_wrong) in table {
            for (login, expected) in [(&right, with_right), (&wrong, with_wrong)] {
                let answer = judge(rule, login, &Memory::default(), None);
                assert_eq!(number(&answer), expected, "{rule:?}");
            }
        }
        assert_eq!(
            judge(Login::Close, &right, &Memory::default(), None),
            Answer::Fin
        );
    }

    #[test]
    fn an_unsteady_server_counts_each_client_s_logins() {
        let (memory, right) = (Memory::default(), login(USER, PASSWORD));
        let mut numbers: Vec<_> = (0..48)
            .map(|_| judge(Login::Unsteady, &right, &memory, None))
            .filter(|answer| !matches!(answer, Answer::In(_)))
            .map(|answer| number(&answer).map(|(number, _)| number))
            .collect();
        numbers.dedup();
        assert_eq!(numbers, [Some(40613), Some(40501), Some(10928), None]);
        let stranger = judge(Login::Unsteady, &login(USER, "no"), &memory, None);
        assert_eq!(number(&stranger), Some((18456, 8)));
    }

    #[test]
    fn master_opens_after_another_database_was_missing() {
        let memory = Memory::default();
        let ask = |database: &str| {
            let mut login = login(USER, PASSWORD);
            login.database = database.to_owned();
            number(&judge(Login::DatabaseMissing, &login, &memory, None))
        };
        assert_eq!(ask("master"), Some((4060, 1)));
        assert_eq!(ask("shop"), Some((4060, 1)));
        assert_eq!(ask("master"), None);
    }

    #[test]
    fn only_practice_credentials_are_let_in() {
        let judge = |login: &Received| judge(Login::Credentials, login, &Memory::default(), None);
        assert!(matches!(judge(&login(USER, PASSWORD)), Answer::In(_)));
        for (user, password) in [
            ("", ""),
            (USER, ""),
            ("Practice", PASSWORD),
            (USER, "practice-passw0rd"),
        ] {
            assert_eq!(
                number(&judge(&login(user, password))),
                Some((18456, 8)),
                "{user}"
            );
        }
    }
}
