//! `large_packets_lost`: what hangs over usual segments passes over small ones.
//!
//! Proven where the contrast was made and undone: usual hangs, small passes, usual hangs again; or where a ladder of
//! sizes passes up to one size, hangs at the next, and passes it over small segments.

use super::{Rule, common};
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{bytes, list};
use model::lasting::{SizeAnswer, SizedMessage};
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

type Seen<'a> = Vec<(u64, &'a SizeAnswer)>;

/// Nothing came in time: not an error that somebody stated.
fn hangs(answer: &SizeAnswer) -> bool {
    let silent = [FailureCode::TlsNoReply, FailureCode::QueryTimeout];
    answer
        .code
        .as_ref()
        .is_some_and(|code| silent.contains(code))
}

fn passes(answer: &SizeAnswer) -> bool {
    answer.code.is_none()
}

/// What the answers to one sort of message say.
struct Contrast {
    what: String,
    confidence: Confidence,
    seqs: Vec<u64>,
}

fn handshakes(all: &Seen<'_>) -> Option<Contrast> {
    let of: Seen<'_> = all
        .iter()
        .filter(|(_, answer)| answer.message == SizedMessage::Handshake)
        .copied()
        .collect();
    let (usual, small): (Seen<'_>, Seen<'_>) =
        of.iter().copied().partition(|(_, a)| a.segment.is_none());
    let contrast = !usual.is_empty()
        && usual.iter().all(|(_, answer)| hangs(answer))
        && small.iter().any(|(_, answer)| passes(answer));
    contrast.then(|| Contrast {
        what: format!(
            "The TLS handshake, whose certificates are some kilobytes, hung {} with usual segments and passed with small ones in between.",
            if usual.len() > 1 { "twice" } else { "once" }
        ),
        confidence: if usual.len() > 1 { Confidence::Proven } else { Confidence::Likely },
        seqs: of.iter().map(|(seq, _)| *seq).collect(),
    })
}

fn ladder(all: &Seen<'_>, message: SizedMessage, word: &str) -> Option<Contrast> {
    let of = || {
        all.iter()
            .filter(move |(_, answer)| answer.message == message)
    };
    let (lost_seq, lost) = of().find(|(_, a)| a.segment.is_none() && hangs(a))?;
    let (small_seq, _) =
        of().find(|(_, a)| a.segment.is_some() && a.bytes >= lost.bytes && passes(a))?;
    let smaller = of().filter(|(_, a)| a.segment.is_none() && passes(a) && a.bytes < lost.bytes);
    let below = smaller.max_by_key(|(_, a)| a.bytes);
    let mut seqs = vec![*lost_seq, *small_seq];
    seqs.extend(below.map(|(seq, _)| *seq));
    Some(Contrast {
        what: match below {
            Some((_, below)) => format!(
                "{word} of {} passed, one of {} hung, and passed over small segments.",
                bytes(u64::from(below.bytes)),
                bytes(u64::from(lost.bytes))
            ),
            None => format!(
                "{word} of {} hung, and passed over small segments.",
                bytes(u64::from(lost.bytes))
            ),
        },
        confidence: if below.is_some() {
            Confidence::Proven
        } else {
            Confidence::Likely
        },
        seqs,
    })
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let (step, contrasts) = case.of(StepKind::PathSurvey).find_map(|step| {
        let all = answers(&step);
        let contrasts: Vec<Contrast> = [
            handshakes(&all),
            ladder(&all, SizedMessage::Request, "A request"),
            ladder(&all, SizedMessage::Answer, "An answer"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!contrasts.is_empty()).then_some((step, contrasts))
    })?;
    let proven = contrasts
        .iter()
        .any(|one| one.confidence == Confidence::Proven);
    let place = common::server_at(case, 0);
    let mut draft = Draft::problem("large_packets_lost", Owner::Network)
        .title(format!("Large packets on the way to {place} are lost; small ones pass."))
        .because(list(&contrasts.iter().map(|one| one.what.clone()).collect::<Vec<_>>()))
        .because("A link on the way carries less than its ends believe, and the message that says so (ICMP, fragmentation needed) does not come back.")
        .sure(if proven { Confidence::Proven } else { Confidence::Likely })
        .then("Let the network's owner clamp the segment size (MSS) on the tunnel or VPN, or let ICMP type 3 code 4 through.")
        .then("To work meanwhile, lower the MTU of this host's interface to 1350 or less.")
        .then("On Linux, net.ipv4.tcp_mtu_probing=1 lets this host find out by itself.")
        .link(links::CONNECTIVITY);
    for one in contrasts {
        draft = draft.cite(step.id, one.seqs);
    }
    draft.done(case)
}

fn answers<'a>(step: &StepRef<'a>) -> Seen<'a> {
    step.facts()
        .filter_map(|fact| match &fact.seen {
            Observation::SizeAnswer(answer) => Some((fact.seq, answer)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::lasting::{SizeAnswer, SizedMessage};
    use model::{Confidence, FailureCode, FailureCode::*, Observation, Outcome, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn answer(
        message: SizedMessage,
        bytes: u32,
        small: bool,
        code: Option<FailureCode>,
    ) -> Observation {
        Observation::SizeAnswer(SizeAnswer {
            message,
            bytes,
            segment: small.then_some(536),
            elapsed_us: 1,
            code,
            counters: None,
        })
    }

    fn stopped_at_tls(seen: impl IntoIterator<Item = Observation>) -> Log {
        let log = Log::new()
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, Some(TlsNoReply))
            .running(StepKind::PathSurvey, EP);
        let log = seen.into_iter().fold(log, Log::seen);
        log.ends(None).finish()
    }

    #[test]
    fn a_handshake_that_passes_in_between_proves_it() {
        use SizedMessage::Handshake as H;
        let log = stopped_at_tls([
            answer(H, 0, false, Some(TlsNoReply)),
            answer(H, 0, true, None),
            answer(H, 0, false, Some(TlsNoReply)),
        ]);
        expect(
            &log,
            "large_packets_lost",
            Confidence::Proven,
            Outcome::Problem,
        );
    }

    #[test]
    fn what_recovers_or_never_passes_is_something_else() {
        use SizedMessage::Handshake as H;
        let recovers = [
            answer(H, 0, false, Some(TlsNoReply)),
            answer(H, 0, true, None),
            answer(H, 0, false, None),
        ];
        let never = [
            answer(H, 0, false, Some(TlsNoReply)),
            answer(H, 0, true, Some(TlsNoReply)),
            answer(H, 0, false, Some(TlsNoReply)),
        ];
        let stated = [
            answer(H, 0, false, Some(TlsUntrusted)),
            answer(H, 0, true, None),
            answer(H, 0, false, Some(TlsUntrusted)),
        ];
        for seen in [recovers, never, stated] {
            expect_no(&stopped_at_tls(seen), "large_packets_lost");
        }
    }

    #[test]
    fn a_ladder_brackets_the_size() {
        use SizedMessage::Answer as A;
        let log = Log::new().secured(EP).running(StepKind::PathSurvey, EP);
        let log = [
            answer(A, 1_200, false, None),
            answer(A, 4_000, false, Some(QueryTimeout)),
            answer(A, 1_200, true, None),
            answer(A, 4_000, true, None),
        ]
        .into_iter()
        .fold(log, Log::seen)
        .ends(None)
        .finish();
        let verdict = expect(
            &log,
            "large_packets_lost",
            Confidence::Proven,
            Outcome::Problem,
        );
        assert!(
            verdict.explanation.contains("An answer of 1.17 KiB passed"),
            "{}",
            verdict.explanation
        );
    }
}
