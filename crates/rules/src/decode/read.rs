//! What was found in a text, put in order.

use super::named::Names;
use super::numbers::{self, NumberKind};
use super::phases::Phases;
use super::rows::{Kind, Means};
use super::scan::{Hit, scan};
use super::weigh::{Known, weigh};
use super::weights::HIDES;
use super::{Decoded, Driver, Number, Phase, Said, Sign, Span, Timing, TimingKind, plan};
use std::collections::{BTreeMap, BTreeSet};

/// More numbers are not listed.
const MOST_NUMBERS: usize = 24;
/// More of anything else are not either.
const MOST: usize = 16;

/// Everything that the rows gave, before it is ordered.
#[derive(Default)]
struct Found {
    drivers: BTreeMap<Driver, usize>,
    through: Vec<&'static str>,
    signs: Vec<(Sign, Span, usize)>,
    /// Places of rows without a gap: what they say is said, and not what a part of them would say elsewhere.
    wholes: Vec<Span>,
    numbers: Vec<Number>,
    timings: Vec<Timing>,
    names: Names,
}

pub(super) fn read(text: String, cut: bool, secrets: usize) -> Decoded {
    let lower = text.to_ascii_lowercase();
    let hits = scan(lower.as_bytes());
    let mut found = Found::default();
    for hit in &hits {
        found.take(hit, &text);
    }
    found.names.find_cloud_names(&lower);
    let phases = Phases::of(&hits);
    let said = found.said(&phases);
    let azure = found.names.azure(&found.numbers);
    let named = found.names.named(azure);
    let known = Known {
        azure,
        timings: &found.timings,
        redirected: named.routed.is_some(),
    };
    let causes = weigh(&said, &known);
    let run = plan::suggest(&causes, &named);
    let mut numbers = found.numbers;
    numbers.sort_by_key(|number| (number.kind, std::cmp::Reverse(number.count)));
    numbers.truncate(MOST_NUMBERS);
    Decoded {
        cut,
        secrets,
        driver: driver(&found.drivers),
        through: found.through,
        phase: phase(&said),
        said,
        numbers,
        timings: found.timings,
        named,
        causes,
        run,
        text,
    }
}

impl Found {
    fn take(&mut self, hit: &Hit, text: &str) {
        let first = hit.places.first().map(|(place, _)| *place);
        let Some(first) = first else { return };
        for means in hit.row.means {
            match means {
                Means::By(driver) => *self.drivers.entry(*driver).or_default() += 1,
                Means::Names(driver) => *self.drivers.entry(*driver).or_default() += 20,
                Means::Via(library) => {
                    if !self.through.contains(library) && self.through.len() < MOST {
                        self.through.push(library);
                    }
                }
                Means::Is(sign) => self.sign(*sign, hit),
                Means::Nr(number) => self.number(
                    NumberKind::Server,
                    number.to_string(),
                    first,
                    hit.count,
                    true,
                ),
                Means::Word(word) => self.number(
                    NumberKind::Word,
                    (*word).to_owned(),
                    first,
                    hit.count,
                    false,
                ),
                Means::In(_) | Means::Near(_) | Means::Take(_) => {}
            }
        }
        let kinds: Vec<Kind> = hit
            .row
            .means
            .iter()
            .filter_map(|means| match means {
                Means::Take(kind) => Some(*kind),
                _ => None,
            })
            .collect();
        if kinds.is_empty() {
            return;
        }
        let more = hit.count.saturating_sub(hit.places.len());
        for (nth, (place, taken)) in hit.places.iter().enumerate() {
            let values: Vec<(Kind, &str, Span)> = kinds
                .iter()
                .zip(taken)
                .map(|(kind, span)| {
                    (
                        *kind,
                        text.get(span.from..span.to).unwrap_or_default(),
                        *span,
                    )
                })
                .collect();
            // Places that were not kept are counted with the first.
            let count = if nth == 0 { 1 + more } else { 1 };
            self.taken(&values, *place, count);
        }
    }

    /// What stood at the open places of one row, once.
    fn taken(&mut self, values: &[(Kind, &str, Span)], place: Span, count: usize) {
        let of = |wanted: Kind| {
            let found = values.iter().find(|(kind, ..)| *kind == wanted);
            found.and_then(|(_, value, _)| value.parse::<i64>().ok())
        };
        for (kind, value, span) in values {
            let number = value.parse::<i32>().ok();
            match kind {
                Kind::Number => {
                    let Some(number) = number else { continue };
                    self.server(number, *span, count);
                    if let Some(last) = self.numbers.iter_mut().find(|known| {
                        known.kind == NumberKind::Server && known.value == number.to_string()
                    }) {
                        last.state = last.state.or(of(Kind::State));
                        last.class = last.class.or(of(Kind::Class));
                    }
                }
                Kind::Native => {
                    let Some(number) = number else { continue };
                    if number == 0 {
                        continue;
                    }
                    if numbers::is_system(number) {
                        self.system(number, *span, count);
                    } else {
                        self.server(number, *span, count);
                    }
                }
                Kind::Os => {
                    if let Some(number) = number {
                        self.system(number, *span, count);
                    }
                }
                Kind::OsHex => {
                    if let Ok(number) = i32::from_str_radix(value, 16) {
                        self.system(number, *span, count);
                    }
                }
                Kind::Provider => {
                    if let Some(number) = number {
                        self.number(
                            NumberKind::Provider,
                            number.to_string(),
                            *span,
                            count,
                            false,
                        );
                        self.signs.extend(
                            numbers::provider_sign(number).map(|sign| (sign, place, count)),
                        );
                    }
                }
                Kind::SqlState => {
                    let state = value.to_ascii_uppercase();
                    if numbers::is_state(&state) {
                        self.signs
                            .extend(numbers::state_sign(&state).map(|sign| (sign, place, count)));
                        self.number(NumberKind::SqlState, state, *span, count, false);
                    }
                }
                _ => match timing(*kind, value) {
                    Some((kind, ms)) if self.timings.len() < MOST => {
                        if !self
                            .timings
                            .iter()
                            .any(|known| known.kind == kind && known.ms == ms)
                        {
                            self.timings.push(Timing {
                                kind,
                                ms,
                                place: *span,
                            });
                        }
                    }
                    _ => self.names.take(*kind, value),
                },
            }
        }
        self.names.end_of_row();
    }

    /// What SqlClient calls the number of an error is the server's, or the system's, or its own.
    fn server(&mut self, number: i32, span: Span, count: usize) {
        if number == 0 {
            return;
        }
        if numbers::is_system(number) {
            return self.system(number, span, count);
        }
        let kind = match number {
            ..0 => NumberKind::Driver,
            _ => NumberKind::Server,
        };
        self.number(kind, number.to_string(), span, count, false);
        self.signs
            .extend(numbers::server_sign(number).map(|sign| (sign, span, count)));
    }

    fn system(&mut self, number: i32, span: Span, count: usize) {
        let (name, _) = numbers::known(NumberKind::System, &number.to_string());
        if number == 0 || name.is_empty() {
            return;
        }
        self.number(NumberKind::System, number.to_string(), span, count, false);
        self.signs
            .extend(numbers::system_sign(number).map(|sign| (sign, span, count)));
    }

    fn sign(&mut self, sign: Sign, hit: &Hit) {
        if !hit.row.words.contains('*') {
            self.wholes
                .extend(hit.places.iter().map(|(place, _)| *place));
        }
        let more = hit.count.saturating_sub(hit.places.len());
        let places = hit.places.iter().enumerate();
        self.signs.extend(
            places.map(|(nth, (place, _))| (sign, *place, if nth == 0 { 1 + more } else { 1 })),
        );
    }

    fn number(&mut self, kind: NumberKind, value: String, place: Span, count: usize, worded: bool) {
        let known = self
            .numbers
            .iter_mut()
            .find(|known| known.kind == kind && known.value == value);
        if let Some(known) = known {
            known.worded &= worded;
            known.count = known.count.max(count);
            return;
        }
        let (name, means) = numbers::known(kind, &value);
        let fact =
            (kind == NumberKind::Server).then(|| value.parse().ok().and_then(target::facts::error));
        self.numbers.push(Number {
            action: fact.flatten().map_or("", |fact| fact.action),
            kind,
            value,
            state: None,
            class: None,
            name,
            means: means.to_owned(),
            worded,
            count,
            place,
        });
    }

    /// What happened, where, how often: signs of one place are counted once.
    fn said(&self, phases: &Phases) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::new();
        let mut signs = self.signs.clone();
        signs.sort_unstable();
        signs.dedup();
        let seen: BTreeSet<Sign> = signs.iter().map(|(sign, ..)| *sign).collect();
        let hidden: Vec<Sign> = HIDES
            .iter()
            .filter(|(by, _)| seen.contains(by))
            .flat_map(|(_, signs)| signs.iter().copied())
            .collect();
        signs.retain(|(sign, place, _)| {
            let inside =
                |whole: &Span| whole != place && whole.from <= place.from && place.to <= whole.to;
            !hidden.contains(sign) && !self.wholes.iter().any(inside)
        });
        for (sign, place, count) in signs {
            let phase = phases.at(sign, place);
            let known = said
                .iter_mut()
                .find(|known| known.sign == sign && known.phase == phase);
            match known {
                // Two forms of the same within a line's length: `Connection reset` and its number behind it.
                Some(known)
                    if known
                        .places
                        .last()
                        .is_some_and(|last| place.from < last.to + 160) =>
                {
                    known.count = known.count.max(count);
                    if known.places.len() < MOST {
                        known.places.push(place);
                    }
                }
                Some(known) => {
                    known.count += count;
                    if known.places.len() < MOST {
                        known.places.push(place);
                    }
                }
                None => said.push(Said {
                    sign,
                    phase,
                    count,
                    places: vec![place],
                }),
            }
        }
        said.sort_by_key(|said| {
            (
                said.sign == Sign::ServerSaid,
                std::cmp::Reverse(said.count),
                said.sign,
            )
        });
        said.truncate(MOST);
        said
    }
}

/// Where the connection was: where most of it happened; a redirect alone says nothing of that.
fn phase(said: &[Said]) -> Option<Phase> {
    let telling = said
        .iter()
        .find(|said| said.sign != Sign::Redirected && said.phase.is_some());
    telling.or(said.first()).and_then(|said| said.phase)
}

/// The driver that most rows speak for; SqlClient's own words fit both of its packages.
fn driver(drivers: &BTreeMap<Driver, usize>) -> Option<Driver> {
    let most = drivers
        .iter()
        .max_by_key(|(driver, count)| (**count, std::cmp::Reverse(**driver)));
    most.map(|(driver, _)| *driver)
}

/// A time in milliseconds.
fn timing(kind: Kind, value: &str) -> Option<(TimingKind, u64)> {
    let number: u64 = value.parse().ok()?;
    let (kind, unit) = match kind {
        Kind::PreloginStart => (TimingKind::PreloginStart, 1),
        Kind::Handshake => (TimingKind::Handshake, 1),
        Kind::LoginStart => (TimingKind::LoginStart, 1),
        Kind::Authentication => (TimingKind::Authentication, 1),
        Kind::PostLogin => (TimingKind::PostLogin, 1),
        Kind::Waited => (TimingKind::Waited, 1),
        Kind::WaitedSeconds => (TimingKind::Waited, 1_000),
        Kind::IdleMinutes => (TimingKind::Idle, 60_000),
        Kind::IdleSeconds => (TimingKind::Idle, 1_000),
        _ => return None,
    };
    Some((kind, number.saturating_mul(unit)))
}
