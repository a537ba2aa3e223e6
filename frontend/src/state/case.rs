//! What support asks for, of each the last that was seen, because that is where the run ended.

use super::log::RunLog;
use super::time;
use model::Observation;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// An address or an id.
    pub(crate) mono: bool,
}

/// The lines that are known.
pub(crate) fn facts(log: &RunLog) -> Vec<Fact> {
    let seen = || log.for_support().rev();
    let mut facts = Vec::new();
    let mut add = |name, value: String, mono| facts.push(Fact { name, value, mono });
    let trace = seen().find_map(|fact| match fact {
        Observation::TraceId {
            connection_id,
            at,
            endpoint,
            local,
            ..
        } => Some((connection_id, *at, endpoint, local)),
        _ => None,
    });
    if let Some((id, at, endpoint, local)) = trace {
        add("TRACEID", id.clone(), true);
        add("UTC", time::utc(at), false);
        add("Client", local.clone(), true);
        add("Server", endpoint.clone(), true);
    }
    let route = seen().find_map(|fact| match fact {
        Observation::Routing(hop) => Some(format!("{}:{}", hop.host, hop.port)),
        _ => None,
    });
    if let Some(route) = route {
        add("Policy", "Redirect".into(), false);
        add("Routed to", route, true);
    }
    let error = seen().find_map(|fact| match fact {
        Observation::ServerError(message) => Some(format!(
            "{}, state {}, class {}",
            message.number, message.state, message.class
        )),
        _ => None,
    });
    if let Some(error) = error {
        add("Error", error, false);
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::facts;
    use crate::state::testing::Story;

    #[test]
    fn only_what_was_seen_is_listed() {
        let list = facts(&Story::redirect_blocked().log());
        let names: Vec<&str> = list.iter().map(|fact| fact.name).collect();
        assert_eq!(names, ["Policy", "Routed to"]);
        assert!(facts(&Story::many_addresses(1).log()).is_empty());
    }
}
