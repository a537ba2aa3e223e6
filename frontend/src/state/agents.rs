//! Agents: which ones a run is made from, and what is said about each.

use super::time;
use chrono::{DateTime, Utc};
use model::AgentId;
use model::api::{AgentState, AgentView};
use std::collections::BTreeSet;

/// Most agents of one start.
pub(crate) const MOST: usize = 8;

/// Where the next run is made from.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Choice(Option<BTreeSet<AgentId>>);

impl Choice {
    /// One agent, and no other.
    pub(crate) fn only(agent: AgentId) -> Self {
        Self(Some(BTreeSet::from([agent])))
    }

    /// No agent at all.
    pub(crate) fn none() -> Self {
        Self(Some(BTreeSet::new()))
    }

    /// The chosen ones, in the order of the list: the portal's own until something else is chosen.
    pub(crate) fn among(&self, agents: &[AgentView]) -> Vec<AgentView> {
        let chosen = |agent: &&AgentView| match &self.0 {
            Some(ids) => ids.contains(&agent.id),
            None => agent.built_in,
        };
        agents.iter().filter(chosen).cloned().collect()
    }

    /// Adds an agent to the choice, or takes it out.
    pub(crate) fn set(&mut self, agent: AgentId, on: bool, agents: &[AgentView]) {
        // What is not in the list any more is not chosen any more.
        let mut ids: BTreeSet<AgentId> = self.among(agents).iter().map(|one| one.id).collect();
        if on {
            ids.insert(agent);
        } else {
            ids.remove(&agent);
        }
        self.0 = Some(ids);
    }

    /// Why a run cannot be started from these.
    pub(crate) fn mistake(chosen: &[AgentView]) -> Option<String> {
        match chosen.len() {
            0 => Some("Choose where to run from.".into()),
            1..=MOST => None,
            _ => Some(format!("At most {MOST} agents take one run together.")),
        }
    }
}

/// The portal's own first, then those that are connected, each by name.
pub(crate) fn sorted(mut agents: Vec<AgentView>) -> Vec<AgentView> {
    agents.sort_by_cached_key(|agent| {
        let away = agent.state == AgentState::Disconnected;
        (!agent.built_in, away, agent.name.to_lowercase(), agent.id)
    });
    agents
}

/// `Connected`, or since when it is not.
pub(crate) fn state_words(agent: &AgentView, now: DateTime<Utc>) -> String {
    match (agent.state, agent.last_heartbeat) {
        (AgentState::Connected, _) => "Connected".into(),
        (AgentState::Disconnected, None) => "Never connected".into(),
        (AgentState::Disconnected, Some(at)) => match time::ago(at, now) {
            Some(ago) if ago == "just now" => "Disconnected".into(),
            Some(ago) => format!("Disconnected {ago}"),
            None => format!("Disconnected for {} d", (now - at).num_days()),
        },
    }
}

/// The commands that make a host an agent of this portal, one a line.
pub(crate) fn commands(public_url: &str, token: &str) -> [String; 2] {
    [
        format!("linecheck-agent enroll --portal {public_url} --token {token}"),
        "linecheck-agent run".into(),
    ]
}

/// The agent that is in `now` and was not in `before`.
pub(crate) fn newcomer<'a>(
    before: &BTreeSet<AgentId>,
    now: &'a [AgentView],
) -> Option<&'a AgentView> {
    now.iter().find(|agent| !before.contains(&agent.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(number: u8, built_in: bool, state: AgentState) -> AgentView {
        AgentView {
            id: AgentId(uuid::Uuid::from_bytes([number; 16])),
            name: format!("agent-{number}"),
            built_in,
            state,
            public_key: String::new(),
            fingerprint: String::new(),
            version: "0.1.0".into(),
            last_heartbeat: "2026-11-20T12:00:00Z".parse().ok(),
            runs: 0,
        }
    }

    fn three() -> Vec<AgentView> {
        sorted(vec![
            agent(3, false, AgentState::Connected),
            agent(2, false, AgentState::Disconnected),
            agent(1, true, AgentState::Connected),
        ])
    }

    fn names(agents: &[AgentView]) -> Vec<&str> {
        agents.iter().map(|agent| agent.name.as_str()).collect()
    }

    #[test]
    fn the_portals_own_is_chosen_until_something_else_is() {
        let agents = three();
        assert_eq!(names(&agents), ["agent-1", "agent-3", "agent-2"]);
        let mut choice = Choice::default();
        assert_eq!(names(&choice.among(&agents)), ["agent-1"]);
        choice.set(agents[1].id, true, &agents);
        assert_eq!(names(&choice.among(&agents)), ["agent-1", "agent-3"]);
        choice.set(agents[0].id, false, &agents);
        assert_eq!(names(&choice.among(&agents)), ["agent-3"]);
        let only = Choice::only(agents[2].id);
        assert_eq!(names(&only.among(&agents)), ["agent-2"]);
    }

    #[test]
    fn an_agent_that_was_removed_is_not_chosen() {
        let agents = three();
        let mut choice = Choice::only(agents[1].id);
        let left = [agents[0].clone(), agents[2].clone()];
        assert!(choice.among(&left).is_empty());
        choice.set(left[1].id, true, &left);
        assert_eq!(names(&choice.among(&agents)), ["agent-2"]);
    }

    #[test]
    fn none_and_too_many_are_told() {
        let many: Vec<_> = (0..9)
            .map(|number| agent(number, false, AgentState::Connected))
            .collect();
        assert!(Choice::mistake(&[]).is_some());
        assert_eq!(Choice::mistake(&many[..8]), None);
        assert!(Choice::mistake(&many).is_some());
    }

    #[test]
    fn its_state_in_words() {
        let now = "2026-11-20T12:05:00Z".parse().expect("a time");
        let away = agent(2, false, AgentState::Disconnected);
        assert_eq!(state_words(&away, now), "Disconnected 5 min ago");
        let later = "2026-11-24T12:05:00Z".parse().expect("a time");
        assert_eq!(state_words(&away, later), "Disconnected for 4 d");
        let never = AgentView {
            last_heartbeat: None,
            ..away
        };
        assert_eq!(state_words(&never, now), "Never connected");
    }

    #[test]
    fn the_newcomer_is_found() {
        let agents = three();
        let before: BTreeSet<_> = agents[..2].iter().map(|agent| agent.id).collect();
        let found = newcomer(&before, &agents).map(|agent| agent.id);
        assert_eq!(found, Some(agents[2].id));
    }
}
