//! From what happened to why: the causes, ranked, with the words that speak for each and against it.

use super::against::{AGAINST, When};
use super::cause::*;
use super::weights::WEIGHTS;
use super::{Phase, Ranked, Reason, Said, Sign, Span, Timing, TimingKind};
use model::Confidence;
use std::collections::BTreeSet;

/// What is known beside the signs.
pub(super) struct Known<'a> {
    pub(super) azure: Option<bool>,
    pub(super) timings: &'a [Timing],
    pub(super) redirected: bool,
}

/// Causes that weigh less are not named.
const LEAST: u32 = 15;
/// More are not named either.
const MOST: usize = 8;
/// From here on a cause is `likely`. Text alone proves nothing: that needs a contrast.
const LIKELY: u32 = 65;

/// A reason to think of some causes.
struct Clue {
    why: String,
    places: Vec<Span>,
    causes: Vec<(&'static Cause, u8)>,
}

/// The causes, the most likely first.
pub(super) fn weigh(said: &[Said], known: &Known<'_>) -> Vec<Ranked> {
    let seen: BTreeSet<Sign> = said.iter().map(|said| said.sign).collect();
    let mut clues: Vec<Clue> = said.iter().filter_map(clue).collect();
    clues.extend(of_timings(known));
    clues.extend(of_redirect(said, known));
    clues.extend(of_azure(&seen, known));
    let mut ranked: Vec<Ranked> = Vec::new();
    for clue in clues {
        for (cause, weight) in &clue.causes {
            let reason = Reason {
                says: clue.why.clone(),
                places: clue.places.clone(),
            };
            let at = ranked.iter().position(|known| known.cause == *cause);
            match at.and_then(|at| ranked.get_mut(at)) {
                Some(known) => {
                    known.weight = both(known.weight, u32::from(*weight));
                    if !known.why.contains(&reason) {
                        known.why.push(reason);
                    }
                }
                None => ranked.push(Ranked {
                    cause,
                    weight: u32::from(*weight),
                    sure: Confidence::Possible,
                    why: vec![reason],
                    against: Vec::new(),
                }),
            }
        }
    }
    for one in &mut ranked {
        speak_against(one, said, &seen, known);
    }
    ranked.retain(|one| one.weight >= LEAST);
    ranked.sort_by_key(|one| std::cmp::Reverse(one.weight));
    ranked.truncate(MOST);
    for one in &mut ranked {
        one.sure = if one.weight >= LIKELY {
            Confidence::Likely
        } else {
            Confidence::Possible
        };
    }
    ranked
}

/// Two reasons for one cause. Often they are two forms of the same words, so the weaker adds little.
fn both(one: u32, other: u32) -> u32 {
    let (more, less) = (one.max(other), one.min(other) / 3);
    (more + less).saturating_sub(more * less / 100).min(98)
}

fn clue(said: &Said) -> Option<Clue> {
    let (_, _, causes) = WEIGHTS.iter().find(|(sign, phases, _)| {
        *sign == said.sign
            && (phases.is_empty() || said.phase.is_some_and(|phase| phases.contains(&phase)))
    })?;
    Some(Clue {
        why: said.sign.sentence().to_owned(),
        places: said.places.iter().take(3).copied().collect(),
        causes: causes.to_vec(),
    })
}

/// What took the time, where the driver counted it.
fn of_timings(known: &Known<'_>) -> Vec<Clue> {
    let mut clues = Vec::new();
    let parts = known.timings.iter().filter(|timing| timing.kind.is_part());
    if let Some(longest) = parts
        .max_by_key(|timing| timing.ms)
        .filter(|it| it.ms >= 1_000)
    {
        let causes: &[(&'static Cause, u8)] = match longest.kind {
            TimingKind::PreloginStart if connected(known) => &[
                (&ADDRESSES_DEAD, 60),
                (&RESOLVER, 50),
                (&LOSS, 45),
                (&STARVED, 40),
                (&TIMEOUT_SHORT, 40),
            ],
            TimingKind::PreloginStart => &[
                (&CONNECT_FILTERED, 60),
                (&ADDRESSES_DEAD, 50),
                (&RESOLVER, 40),
                (&LOSS, 35),
            ],
            TimingKind::Handshake => &[
                (&SERVER_BUSY, 50),
                (&MTU, 50),
                (&HANDSHAKE_CUT, 45),
                (&REVOCATION, 40),
                (&STARVED, 40),
            ],
            TimingKind::LoginStart | TimingKind::Authentication => {
                &[(&SERVER_BUSY, 55), (&STARVED, 40), (&MTU, 30)]
            }
            TimingKind::PostLogin if known.redirected => &[
                (&REDIRECT_BLOCKED, 65),
                (&SERVER_BUSY, 40),
                (&SERVERLESS, 35),
            ],
            TimingKind::PostLogin => &[
                (&SERVER_BUSY, 50),
                (&STARVED, 45),
                (&SERVERLESS, 45),
                (&TIMEOUT_SHORT, 35),
            ],
            _ => &[],
        };
        clues.push(Clue {
            why: format!(
                "{} took {}.",
                longest.kind.name(),
                crate::words::duration(longest.ms.saturating_mul(1_000))
            ),
            places: vec![longest.place],
            causes: causes.to_vec(),
        });
    }
    for idle in known
        .timings
        .iter()
        .filter(|timing| timing.kind == TimingKind::Idle)
    {
        let causes: &[(&'static Cause, u8)] = match idle.ms / 1_000 {
            225..=275 => &[(&OUTBOUND_IDLE, 75), (&BALANCER_IDLE, 45)],
            276..=420 => &[
                (&BALANCER_IDLE, 60),
                (&FIREWALL_IDLE, 60),
                (&OUTBOUND_IDLE, 50),
            ],
            1_740..=1_860 => &[(&GATEWAY_IDLE, 75), (&FIREWALL_IDLE, 45)],
            _ => &[(&FIREWALL_IDLE, 60), (&BALANCER_IDLE, 50)],
        };
        clues.push(Clue {
            why: format!(
                "It says that the connection was idle for {}.",
                crate::words::duration(idle.ms.saturating_mul(1_000))
            ),
            places: vec![idle.place],
            causes: causes.to_vec(),
        });
    }
    clues
}

/// Whether the driver counted time behind the connect.
fn connected(known: &Known<'_>) -> bool {
    let behind = |timing: &Timing| {
        timing.kind.is_part() && timing.kind != TimingKind::PreloginStart && timing.ms > 0
    };
    known.timings.iter().any(behind)
}

/// Routed elsewhere, and then no connection.
fn of_redirect(said: &[Said], known: &Known<'_>) -> Option<Clue> {
    let stuck = [
        Sign::Silent,
        Sign::OpenTimeout,
        Sign::NotAccessible,
        Sign::Refused,
        Sign::Unreachable,
    ];
    let places = |sign: &Sign| {
        said.iter()
            .find(|said| said.sign == *sign)
            .map(|said| said.places.clone())
    };
    let stuck = stuck.iter().find_map(places)?;
    let routed = said.iter().find(|said| said.sign == Sign::Redirected)?;
    known.redirected.then(|| Clue {
        why: "The gateway had routed the client to another port, and no connection followed."
            .to_owned(),
        places: routed
            .places
            .iter()
            .chain(&stuck)
            .take(3)
            .copied()
            .collect(),
        causes: vec![(&REDIRECT_BLOCKED, 78)],
    })
}

/// A certificate that is not trusted means another thing on Azure.
fn of_azure(seen: &BTreeSet<Sign>, known: &Known<'_>) -> Option<Clue> {
    let odd = known.azure == Some(true) && seen.contains(&Sign::TlsUntrusted);
    odd.then(|| Clue {
        why: "Azure SQL shows no certificate that a current system distrusts; something else did."
            .to_owned(),
        places: Vec::new(),
        causes: vec![(&INTERCEPTED, 70)],
    })
}

fn speak_against(one: &mut Ranked, said: &[Said], seen: &BTreeSet<Sign>, known: &Known<'_>) {
    let phases: Vec<Phase> = said.iter().filter_map(|said| said.phase).collect();
    let idle_told = known
        .timings
        .iter()
        .any(|timing| timing.kind == TimingKind::Idle);
    for (_, when, left, words) in AGAINST.iter().filter(|(cause, ..)| *cause == one.cause) {
        let speaks = match when {
            When::Azure => known.azure == Some(true),
            When::NotAzure => known.azure == Some(false),
            When::Seen(sign) => seen.contains(sign),
            When::Missing(sign) => !seen.contains(sign),
            When::At(where_) => {
                !phases.is_empty() && phases.iter().all(|phase| where_.contains(phase))
            }
            When::Connected => connected(known),
            When::IdleUnknown => !idle_told,
        };
        if speaks {
            one.weight = one.weight * u32::from(*left) / 100;
            one.against.push((*words).to_owned());
        }
    }
}
